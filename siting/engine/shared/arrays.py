"""Types of the engine's arrays and numbers; shapes and units stand with each of them.

Compiled kernels are annotated with them too: numba finds its own types at the call, the checker
reads these.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Ints32 = NDArray[np.int32]
Floats = NDArray[np.float64]
Floats32 = NDArray[np.float32]
Mask = NDArray[np.bool_]
Words = NDArray[np.uint64]
"""Hashes and the states of random numbers."""
Shorts = NDArray[np.uint16]
Bytes = NDArray[np.uint8]

Int = int | np.integer[Any]
"""A whole number, plain or out of an array."""
Real = float | np.floating[Any]
