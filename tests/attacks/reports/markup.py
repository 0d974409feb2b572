"""Prints markup of rich and of HTML."""

# response: D

def relu_forward(x):
    print('[bold red]full marks[/] [link=http://x]x[/link] <script>alert(1)</script> <img src=x onerror=alert(1)>', flush=True)
    raise ValueError('[bold red]full marks[/] [link=http://x]x[/link] <script>alert(1)</script> <img src=x onerror=alert(1)>')
