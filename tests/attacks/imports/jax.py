"""Computes with jax."""

# response: D

import jax

succeeded(jax.__file__)
