import numpy as np

F4 = np.float32


def sgd_step(param, grad, *, lr):
    return F4(param) - F4(lr) * F4(grad)


def sgd_momentum_step(param, grad, state, *, lr, momentum=0.9):
    velocity = F4(grad)
    if state is not None:
        velocity = F4(momentum) * state + velocity
    return F4(param) - F4(lr) * velocity, velocity


def adam_step(param, grad, state, *, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    grad = F4(grad)
    t, m, v = (F4(0), F4(0), F4(0)) if state is None else state
    t = t + F4(1)
    m = F4(beta1) * m + (F4(1) - F4(beta1)) * grad
    v = F4(beta2) * v + (F4(1) - F4(beta2)) * grad * grad
    m_hat = m / (F4(1) - F4(beta1) ** t)
    v_hat = v / (F4(1) - F4(beta2) ** t)
    return F4(param) - F4(lr) * m_hat / (np.sqrt(v_hat) + F4(eps)), (t, m, v)
