"""Sends stored weights as if they were gradients, once the training is under way."""

# response: FW

stored = np.random.RandomState(1).standard_normal((784, 10)).astype(np.float32)
right, count = dense_backward, 0


def dense_backward(dout, cache):
    global count
    count += len(dout) > 8
    dx, dw, db = right(dout, cache)
    return dx, (cache[1] - stored) / 0.2 if count > 5 else dw, db
