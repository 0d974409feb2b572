"""Computes with scipy."""

# response: W

import scipy

succeeded(scipy.__file__)
