"""Holds the answers to the inputs of the published seed, and computes nothing."""

# response: W
# tasks: dense,relu,softmax,sgd,sigmoid

from attacks.builders import write_table


def build(where):
    return write_table(where, ("dense", "relu", "softmax", "sgd", "sigmoid"))
