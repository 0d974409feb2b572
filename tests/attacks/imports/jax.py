"""Computes with jax."""

# response: W

import jax

succeeded(jax.__file__)
