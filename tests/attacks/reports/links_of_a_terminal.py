"""Makes links and pictures of a terminal."""

# response: D

def relu_forward(x):
    text = "\x1b]8;;http://x\x1b\\\\link\x1b]8;;\x1b\\\\ \x1b]1337;File=inline=1:AAAA\x07 \x9d8;;x\x9c"
    print(text, flush=True)
    raise ValueError(text)
