"""Hands in a link to the kit's own solution."""

# response: R

def build(where):
    link = where / "handed-in"
    link.symlink_to("@SOLUTION@")
    return link
