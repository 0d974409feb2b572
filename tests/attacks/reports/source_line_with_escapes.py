"""Has escapes in the line of source that a report quotes."""

# response: D

def relu_forward(x):
    raise ValueError  # [2J [red] <script> ::error::
