"""Arrays that a kernel makes longer."""

from __future__ import annotations

import numpy as np

from siting.kernels import njit


@njit(nogil=True, cache=True)
def longer(key, used, size):  # type: ignore[no-untyped-def]
    """The same elements in an array of the size given."""
    grown = np.empty(size, key.dtype)
    for k in range(used):  # element by element: slices cost seconds of compiling
        grown[k] = key[k]
    return grown
