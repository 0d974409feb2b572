"""Training a network: layers and kernels, the loop, its audit, and the points of accuracy."""
