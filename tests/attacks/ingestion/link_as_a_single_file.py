"""Hands in one file that is a link to a module of the solution."""

# response: R

def build(where):
    link = where / "net.py"
    link.symlink_to("@SOLUTION@/layers.py")
    return link
