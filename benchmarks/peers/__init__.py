"""What the kit's layers are measured against: one module for each peer.

Each has a function ``cases(threads)`` that returns callables by the names of :mod:`peers.shapes`. Whatever a
peer cannot do it leaves out; a peer that is not installed fails to import, and is left out with a line.
"""
