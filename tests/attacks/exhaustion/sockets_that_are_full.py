"""Fills the buffers of as many sockets as it can open."""

# response: DW

def relu_forward(x):
    import socket

    kept = []
    for number in range(20_000):
        first, second = socket.socketpair()
        first.setblocking(False)
        kept.append((first, second))
        try:
            while True:
                first.send(bytes(1 << 16))
        except BlockingIOError:
            pass
    succeeded("fills 20,000 sockets")
