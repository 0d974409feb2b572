"""Computes with scipy."""

# response: D

import scipy

succeeded(scipy.__file__)
