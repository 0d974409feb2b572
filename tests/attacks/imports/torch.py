"""Computes with torch."""

# response: W

import torch

succeeded(torch.__file__)
