"""Returns what it is given, in the right shapes."""

# response: WD
# tasks: dense,relu,softmax,conv2d,maxpool2d,sgd,sigmoid,momentum,adam,dropout,l2

from attacks.builders import write_modules

LAYERS = """
def pooled(shape, size, stride):
    stride = stride or size
    high, wide = ((size, size) if isinstance(size, int) else size)
    down, over = ((stride, stride) if isinstance(stride, int) else stride)
    return (*shape[:2], (shape[2] - high) // down + 1, (shape[3] - wide) // over + 1)


def convolved(x, w, stride, pad):
    down, over = ((stride, stride) if isinstance(stride, int) else stride)
    high, wide = ((pad, pad) if isinstance(pad, int) else pad)
    rows = (x.shape[2] + 2 * high - w.shape[2]) // down + 1
    return (len(x), len(w), rows, (x.shape[3] + 2 * wide - w.shape[3]) // over + 1)


def forward(shape, *arrays):
    return np.resize(arrays[0], shape)


def backward(dout, arrays):
    return tuple(np.resize(dout, array.shape) for array in arrays)


def dense_forward(x, w, b):
    return forward((len(x), w.shape[1]), x, w, b), (x, w, b)


def conv2d_forward(x, w, b, *, stride=1, pad=0):
    return forward(convolved(x, w, stride, pad), x, w, b), (x, w, b)


def maxpool2d_forward(x, *, size=2, stride=None):
    return forward(pooled(x.shape, size, stride), x), (x,)


def relu_forward(x):
    return forward(x.shape, x), (x,)


def sigmoid_forward(x):
    return forward(x.shape, x), (x,)


def dropout_forward(x, *, p, train=True, seed=None):
    return x, (x,)


def dense_backward(dout, cache):
    return backward(dout, cache)


def conv2d_backward(dout, cache):
    return backward(dout, cache)


def maxpool2d_backward(dout, cache):
    return backward(dout, cache)[0]


def relu_backward(dout, cache):
    return backward(dout, cache)[0]


def sigmoid_backward(dout, cache):
    return backward(dout, cache)[0]


def dropout_backward(dout, cache):
    return backward(dout, cache)[0]
"""
LOSS = """
def softmax_cross_entropy(logits, labels):
    return float(logits.mean()), logits.copy()


def l2_penalty(w, *, reg):
    return float(w.mean()), w.copy()
"""
OPTIM = """
def sgd_step(param, grad, *, lr):
    return param.copy()


def sgd_momentum_step(param, grad, state=None, *, lr, momentum=0.9):
    return param.copy(), None


def adam_step(param, grad, state=None, *, lr, beta1=0.9, beta2=0.999, eps=1e-8):
    return param.copy(), None
"""


def build(where):
    return write_modules(where, layers=LAYERS, loss=LOSS, optim=OPTIM)
