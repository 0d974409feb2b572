"""Computes with autograd."""

# response: D

import autograd

succeeded(autograd.__file__)
