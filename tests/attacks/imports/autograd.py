"""Computes with autograd."""

# response: W

import autograd

succeeded(autograd.__file__)
