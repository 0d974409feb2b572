"""Explain why a check failed: known mistakes, the outcome of each, and the smallest case that still fails."""
