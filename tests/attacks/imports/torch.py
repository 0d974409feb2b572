"""Computes with torch."""

# response: D

import torch

succeeded(torch.__file__)
