"""Prints what GitLab, Travis, Buildkite and Jenkins fold and colour by."""

# response: D

def relu_forward(x):
    text = "section_start:1:x\r\x1b[0K travis_fold:start:x\r --- +++ ^^^ +++ ~~~ \x1b[8mha:AAAA\x1b[0m"
    print(text, flush=True)
    raise ValueError(text)
