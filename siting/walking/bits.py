"""Two machine instructions on 64-bit words that numba does not offer by itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic


def _lowest_bit(context: Any, word: Any) -> Any:

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.cttz(args[0], ir.Constant(ir.IntType(1), 0))

    return types.uint64(types.uint64), codegen


def _count_bits(context: Any, word: Any) -> Any:

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.ctpop(args[0])

    return types.uint64(types.uint64), codegen


lowest_bit: Callable[[Any], Any] = cast(Any, intrinsic(_lowest_bit))
"""Number of the lowest set bit of a non-zero uint64."""
count_bits: Callable[[Any], Any] = cast(Any, intrinsic(_count_bits))
"""How many bits of a uint64 are set."""
