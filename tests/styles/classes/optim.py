from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Momentum:
    velocity: np.ndarray | float = 0.0

    def updated(self, grad, momentum):
        return Momentum(momentum * self.velocity + grad)


@dataclass(frozen=True)
class Adam:
    steps: int = 0
    mean: np.ndarray | float = 0.0
    square: np.ndarray | float = 0.0

    def updated(self, grad, beta1, beta2):
        return Adam(
            self.steps + 1,
            beta1 * self.mean + (1 - beta1) * grad,
            beta2 * self.square + (1 - beta2) * grad**2,
        )

    def direction(self, beta1, beta2, eps):
        mean = self.mean / (1 - beta1**self.steps)
        square = self.square / (1 - beta2**self.steps)
        return mean / (np.sqrt(square) + eps)


def sgd_step(param, grad, *, lr):
    return param - lr * grad


def sgd_momentum_step(param, grad, state, *, lr, momentum=0.9):
    state = (state or Momentum()).updated(grad, momentum)
    return param - lr * state.velocity, state


def adam_step(param, grad, state, *, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    state = (state or Adam()).updated(grad, beta1, beta2)
    return param - lr * state.direction(beta1, beta2, eps), state
