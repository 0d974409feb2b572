import numpy as np


def to_pair(value):
    """Return (vertical, horizontal)."""
    if isinstance(value, int):
        return value, value
    vertical, horizontal = value
    return vertical, horizontal


class Windows:
    """Knows where the windows of a kernel lie on images of a shape."""

    def __init__(self, shape, kernel, stride):
        self.shape, self.kernel = shape, kernel
        if any(k > length for k, length in zip(kernel, shape[2:], strict=True)):
            raise ValueError(f"a window of {kernel} does not fit into {shape[2:]}")
        starts = [range(0, n - k + 1, s) for n, k, s in zip(shape[2:], kernel, stride, strict=True)]
        self.size = len(starts[0]), len(starts[1])
        self.corners = [(top, left) for top in starts[0] for left in starts[1]]

    def cut(self, images):
        """Return the windows of images: (N, OH * OW, C, KH, KW)."""
        KH, KW = self.kernel
        return np.stack([images[:, :, r : r + KH, c : c + KW] for r, c in self.corners], axis=1)

    def glue(self, cut):
        """Add windows up to images, the transpose of cut."""
        KH, KW = self.kernel
        images = np.zeros(self.shape, cut.dtype)
        for number, (r, c) in enumerate(self.corners):
            images[:, :, r : r + KH, c : c + KW] += cut[:, number]
        return images
