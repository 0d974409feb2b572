"""Known mistakes of the optimisers."""

from __future__ import annotations

from typing import Any

import numpy as np

from grader.feedback.mistakes.base import Right, mistake


@mistake(
    "sgd_step",
    cause="The step goes uphill: the gradient is added.",
    remedy="Subtract lr * grad.",
    read="sgd",
)
def uphill(right: Right, param: np.ndarray, grad: np.ndarray, *, lr: float) -> Any:
    return param + lr * grad


@mistake(
    "sgd_step",
    cause="The learning rate is not used.",
    remedy="Multiply the gradient by lr.",
    read="sgd",
)
def learning_rate_forgotten(right: Right, param: np.ndarray, grad: np.ndarray, *, lr: float) -> Any:
    return param - grad


@mistake(
    "sgd_step",
    cause="The gradient is divided by the number of rows.",
    remedy="Do not divide: the gradient is a mean over the batch already.",
    read="sgd",
)
def gradient_divided(right: Right, param: np.ndarray, grad: np.ndarray, *, lr: float) -> Any:
    return param - lr * grad / len(grad)


@mistake(
    "sgd_step",
    cause="Only the sign of the gradient is used.",
    remedy="Subtract lr times the gradient itself.",
    read="sgd",
)
def sign_of_the_gradient(right: Right, param: np.ndarray, grad: np.ndarray, *, lr: float) -> Any:
    return param - lr * np.sign(grad)


@mistake(
    "sgd_step",
    cause="Nothing is returned: the parameter is updated in place only.",
    remedy="Return the new parameter.",
    read="sgd",
)
def nothing_returned(right: Right, param: np.ndarray, grad: np.ndarray, *, lr: float) -> Any:
    param -= lr * grad


@mistake(
    "sgd_step",
    cause="grad is changed: it is multiplied by lr in the caller's own array.",
    remedy="Make a new array: param - lr * grad.",
    read="arguments",
)
def gradient_changed_in_place(right: Right, param: np.ndarray, grad: np.ndarray, *, lr: float) -> Any:
    grad *= lr
    return param - grad


@mistake(
    "sgd_momentum_step",
    cause="The velocity never grows: it starts at zero in every step.",
    remedy="Return the new velocity as state, and use the state that comes in.",
    read="state",
)
def velocity_not_kept(
    right: Right,
    param: np.ndarray,
    grad: np.ndarray,
    state: Any = None,
    *,
    lr: float,
    momentum: float = 0.9,
) -> Any:
    return param - lr * grad, None


@mistake(
    "sgd_momentum_step",
    cause="The gradient is multiplied by 1 - momentum.",
    remedy="Compute the velocity as momentum * v + grad.",
    read="momentum",
)
def gradient_weighted(
    right: Right,
    param: np.ndarray,
    grad: np.ndarray,
    state: Any = None,
    *,
    lr: float,
    momentum: float = 0.9,
) -> Any:
    velocity = (1 - momentum) * grad + (0 if state is None else momentum * state)
    return param - lr * velocity, velocity


@mistake(
    "sgd_momentum_step",
    cause="The learning rate is kept inside the velocity, so that a new rate takes effect too late.",
    remedy="Compute the velocity as momentum * v + grad, and multiply by lr only in the step.",
    read="momentum",
)
def learning_rate_in_the_velocity(
    right: Right,
    param: np.ndarray,
    grad: np.ndarray,
    state: Any = None,
    *,
    lr: float,
    momentum: float = 0.9,
) -> Any:
    velocity = lr * grad + (0 if state is None else momentum * state)
    return param - velocity, velocity


@mistake(
    "sgd_momentum_step",
    cause="The step looks ahead, as Nesterov's does.",
    remedy="Subtract lr times the velocity, and nothing else.",
    read="momentum",
)
def nesterov(
    right: Right,
    param: np.ndarray,
    grad: np.ndarray,
    state: Any = None,
    *,
    lr: float,
    momentum: float = 0.9,
) -> Any:
    velocity = grad + (0 if state is None else momentum * state)
    return param - lr * (grad + momentum * velocity), velocity


@mistake(
    "sgd_momentum_step",
    cause="The old velocity is used for the step, and the new one only afterwards.",
    remedy="Update the velocity first.",
    read="momentum",
)
def velocity_one_step_late(
    right: Right,
    param: np.ndarray,
    grad: np.ndarray,
    state: Any = None,
    *,
    lr: float,
    momentum: float = 0.9,
) -> Any:
    before = np.zeros_like(grad) if state is None else state
    return param - lr * before, momentum * before + grad


@mistake(
    "sgd_momentum_step",
    cause="All parameters share one velocity.",
    remedy="Keep the velocity in the state that is returned: each parameter has its own.",
    read="state",
)
def velocity_shared(
    right: Right,
    param: np.ndarray,
    grad: np.ndarray,
    state: Any = None,
    *,
    lr: float,
    momentum: float = 0.9,
) -> Any:
    before = None if state is None else right.memory.get(grad.shape)
    velocity = grad + (0 if before is None else momentum * before)
    right.memory[grad.shape] = velocity
    return param - lr * velocity, True


@mistake(
    "sgd_momentum_step",
    cause="The default momentum is 0.",
    remedy="Give momentum its default of 0.9.",
    read="momentum",
)
def default_of_zero(
    right: Right,
    param: np.ndarray,
    grad: np.ndarray,
    state: Any = None,
    *,
    lr: float,
    momentum: float = 0.0,
) -> Any:
    return right.sgd_momentum_step(param, grad, state, lr=lr, momentum=momentum)


@mistake(
    "sgd_momentum_step",
    cause="grad is changed: the velocity is added to it in the caller's own array.",
    remedy="Make a new array for the velocity.",
    read="arguments",
)
def gradient_changed_by_momentum(
    right: Right,
    param: np.ndarray,
    grad: np.ndarray,
    state: Any = None,
    *,
    lr: float,
    momentum: float = 0.9,
) -> Any:
    answer = right.sgd_momentum_step(param, grad.copy(), state, lr=lr, momentum=momentum)
    grad *= lr
    return answer


@mistake(
    "adam_step",
    cause="The step count is 2 in the first step.",
    remedy="Count the first step as t = 1.",
    read="bias-correction",
)
def step_count_starts_at_two(
    right: Right,
    param: np.ndarray,
    grad: np.ndarray,
    state: Any = None,
    *,
    lr: float = 1e-3,
    beta1: float = 0.9,
    beta2: float = 0.999,
    eps: float = 1e-8,
) -> Any:
    m, v, t = (0.0, 0.0, 1) if state is None else state
    m, v, t = beta1 * m + (1 - beta1) * grad, beta2 * v + (1 - beta2) * grad**2, t + 1
    return param - lr * m / (1 - beta1**t) / (np.sqrt(v / (1 - beta2**t)) + eps), (m, v, t)


@mistake(
    "adam_step",
    cause="The step count is 0 in the first step, so that the correction divides by zero.",
    remedy="Count the step before the moments are corrected: t = 1 in the first step.",
    read="bias-correction",
)
def step_count_starts_at_zero(
    right: Right,
    param: np.ndarray,
    grad: np.ndarray,
    state: Any = None,
    *,
    lr: float = 1e-3,
    beta1: float = 0.9,
    beta2: float = 0.999,
    eps: float = 1e-8,
) -> Any:
    m, v, t = (0.0, 0.0, 0) if state is None else state
    m, v, t = beta1 * m + (1 - beta1) * grad, beta2 * v + (1 - beta2) * grad**2, t
    with np.errstate(all="ignore"):
        corrected = m / (1 - np.float64(beta1) ** t), v / (1 - np.float64(beta2) ** t)
    return param - lr * corrected[0] / (np.sqrt(corrected[1]) + eps), (m, v, t + 1)


@mistake(
    "adam_step",
    cause="The step count stays at 1.",
    remedy="Keep t in the state, and add 1 in every step.",
    read="bias-correction",
)
def step_count_never_grows(
    right: Right,
    param: np.ndarray,
    grad: np.ndarray,
    state: Any = None,
    *,
    lr: float = 1e-3,
    beta1: float = 0.9,
    beta2: float = 0.999,
    eps: float = 1e-8,
) -> Any:
    m, v, t = (0.0, 0.0, 0) if state is None else state
    m, v, t = beta1 * m + (1 - beta1) * grad, beta2 * v + (1 - beta2) * grad**2, 1
    return param - lr * m / (1 - beta1**t) / (np.sqrt(v / (1 - beta2**t)) + eps), (m, v, t)


@mistake(
    "adam_step",
    cause="The moments are not corrected for their start at zero.",
    remedy="Divide m by 1 - beta1**t and v by 1 - beta2**t.",
    read="bias-correction",
)
def no_bias_correction(
    right: Right,
    param: np.ndarray,
    grad: np.ndarray,
    state: Any = None,
    *,
    lr: float = 1e-3,
    beta1: float = 0.9,
    beta2: float = 0.999,
    eps: float = 1e-8,
) -> Any:
    m, v, t = (0.0, 0.0, 0) if state is None else state
    m, v, t = beta1 * m + (1 - beta1) * grad, beta2 * v + (1 - beta2) * grad**2, t + 1
    return param - lr * m / (np.sqrt(v) + eps), (m, v, t)


@mistake(
    "adam_step",
    cause="Only the first moment is corrected for its start at zero.",
    remedy="Divide v by 1 - beta2**t, too.",
    read="bias-correction",
)
def second_moment_not_corrected(
    right: Right,
    param: np.ndarray,
    grad: np.ndarray,
    state: Any = None,
    *,
    lr: float = 1e-3,
    beta1: float = 0.9,
    beta2: float = 0.999,
    eps: float = 1e-8,
) -> Any:
    m, v, t = (0.0, 0.0, 0) if state is None else state
    m, v, t = beta1 * m + (1 - beta1) * grad, beta2 * v + (1 - beta2) * grad**2, t + 1
    return param - lr * m / (1 - beta1**t) / (np.sqrt(v) + eps), (m, v, t)


@mistake(
    "adam_step",
    cause="Epsilon is added inside the square root.",
    remedy="Add it to the root: sqrt(v) + eps.",
    read="adam",
)
def epsilon_inside_the_root(
    right: Right,
    param: np.ndarray,
    grad: np.ndarray,
    state: Any = None,
    *,
    lr: float = 1e-3,
    beta1: float = 0.9,
    beta2: float = 0.999,
    eps: float = 1e-8,
) -> Any:
    m, v, t = (0.0, 0.0, 0) if state is None else state
    m, v, t = beta1 * m + (1 - beta1) * grad, beta2 * v + (1 - beta2) * grad**2, t + 1
    return param - lr * m / (1 - beta1**t) / np.sqrt(v / (1 - beta2**t) + eps), (m, v, t)


@mistake(
    "adam_step",
    cause="The square root of the second moment is not taken.",
    remedy="Divide by sqrt(v) + eps.",
    read="adam",
)
def root_forgotten(
    right: Right,
    param: np.ndarray,
    grad: np.ndarray,
    state: Any = None,
    *,
    lr: float = 1e-3,
    beta1: float = 0.9,
    beta2: float = 0.999,
    eps: float = 1e-8,
) -> Any:
    m, v, t = (0.0, 0.0, 0) if state is None else state
    m, v, t = beta1 * m + (1 - beta1) * grad, beta2 * v + (1 - beta2) * grad**2, t + 1
    return param - lr * m / (1 - beta1**t) / (v / (1 - beta2**t) + eps), (m, v, t)


@mistake(
    "adam_step",
    cause="The second moment is an average of gradients, not of their squares.",
    remedy="Average grad**2.",
    read="adam",
)
def second_moment_not_squared(
    right: Right,
    param: np.ndarray,
    grad: np.ndarray,
    state: Any = None,
    *,
    lr: float = 1e-3,
    beta1: float = 0.9,
    beta2: float = 0.999,
    eps: float = 1e-8,
) -> Any:
    m, v, t = (0.0, 0.0, 0) if state is None else state
    m, v, t = beta1 * m + (1 - beta1) * grad, beta2 * v + (1 - beta2) * np.abs(grad), t + 1
    return param - lr * m / (1 - beta1**t) / (np.sqrt(v / (1 - beta2**t)) + eps), (m, v, t)


@mistake(
    "adam_step",
    cause="beta1 and beta2 are exchanged.",
    remedy="beta1 belongs to the first moment, beta2 to the squares.",
    read="adam",
)
def betas_exchanged(
    right: Right,
    param: np.ndarray,
    grad: np.ndarray,
    state: Any = None,
    *,
    lr: float = 1e-3,
    beta1: float = 0.9,
    beta2: float = 0.999,
    eps: float = 1e-8,
) -> Any:
    return right.adam_step(param, grad, state, lr=lr, beta1=beta2, beta2=beta1, eps=eps)


@mistake(
    "adam_step",
    cause="The moments are not averages: each holds the newest gradient alone.",
    remedy="Keep m and v in the state, and mix the new gradient in.",
    read="state",
)
def moments_replaced(
    right: Right,
    param: np.ndarray,
    grad: np.ndarray,
    state: Any = None,
    *,
    lr: float = 1e-3,
    beta1: float = 0.9,
    beta2: float = 0.999,
    eps: float = 1e-8,
) -> Any:
    m, v, t = (0.0, 0.0, 0) if state is None else state
    m, v, t = (1 - beta1) * grad, (1 - beta2) * grad**2, t + 1
    return param - lr * m / (1 - beta1**t) / (np.sqrt(v / (1 - beta2**t)) + eps), (m, v, t)


@mistake(
    "adam_step",
    cause="Parameters of the same shape share one state.",
    remedy="Keep everything in the state that is returned: each parameter has its own.",
    read="state",
)
def state_shared(
    right: Right,
    param: np.ndarray,
    grad: np.ndarray,
    state: Any = None,
    *,
    lr: float = 1e-3,
    beta1: float = 0.9,
    beta2: float = 0.999,
    eps: float = 1e-8,
) -> Any:
    shared = None if state is None else right.memory.get(grad.shape)
    new, right.memory[grad.shape] = right.adam_step(
        param, grad, shared, lr=lr, beta1=beta1, beta2=beta2, eps=eps
    )
    return new, True


@mistake(
    "adam_step",
    cause="The default learning rate is 0.01.",
    remedy="Give lr its default of 0.001.",
    read="adam",
)
def other_default_rate(
    right: Right,
    param: np.ndarray,
    grad: np.ndarray,
    state: Any = None,
    *,
    lr: float = 1e-2,
    beta1: float = 0.9,
    beta2: float = 0.999,
    eps: float = 1e-8,
) -> Any:
    return right.adam_step(param, grad, state, lr=lr, beta1=beta1, beta2=beta2, eps=eps)


@mistake(
    "adam_step",
    cause="The default of beta2 is 0.99.",
    remedy="Give beta2 its default of 0.999.",
    read="adam",
)
def other_default_beta(
    right: Right,
    param: np.ndarray,
    grad: np.ndarray,
    state: Any = None,
    *,
    lr: float = 1e-3,
    beta1: float = 0.9,
    beta2: float = 0.99,
    eps: float = 1e-8,
) -> Any:
    return right.adam_step(param, grad, state, lr=lr, beta1=beta1, beta2=beta2, eps=eps)


@mistake(
    "adam_step",
    cause="grad is changed: it is squared in the caller's own array.",
    remedy="Make a new array: grad**2.",
    read="arguments",
)
def gradient_changed_by_adam(
    right: Right,
    param: np.ndarray,
    grad: np.ndarray,
    state: Any = None,
    *,
    lr: float = 1e-3,
    beta1: float = 0.9,
    beta2: float = 0.999,
    eps: float = 1e-8,
) -> Any:
    answer = right.adam_step(param, grad.copy(), state, lr=lr, beta1=beta1, beta2=beta2, eps=eps)
    grad *= grad
    return answer


@mistake(
    "adam_step",
    cause="The corrected moments are kept in the state, and corrected again in the next step.",
    remedy="Use the corrected values in the step only: m and v go into the state as they are.",
    read="bias-correction",
)
def corrected_moments_kept(
    right: Right,
    param: np.ndarray,
    grad: np.ndarray,
    state: Any = None,
    *,
    lr: float = 1e-3,
    beta1: float = 0.9,
    beta2: float = 0.999,
    eps: float = 1e-8,
) -> Any:
    m, v, t = (0.0, 0.0, 0) if state is None else state
    m, v, t = beta1 * m + (1 - beta1) * grad, beta2 * v + (1 - beta2) * grad**2, t + 1
    m, v = m / (1 - beta1**t), v / (1 - beta2**t)
    return param - lr * m / (np.sqrt(v) + eps), (m, v, t)
