"""Machine instructions that numba does not offer by itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from siting.kernels import intrinsic


def _lowest_bit(context: Any, word: Any) -> Any:
    from llvmlite import ir
    from numba.core import types

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.cttz(args[0], ir.Constant(ir.IntType(1), 0))

    return types.uint64(types.uint64), codegen


def _count_bits(context: Any, word: Any) -> Any:
    from numba.core import types

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.ctpop(args[0])

    return types.uint64(types.uint64), codegen


def _prefetch(context: Any, array: Any, row: Any) -> Any:
    from llvmlite import ir
    from numba.core import cgutils, types

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        target = context.make_array(signature.args[0])(context, builder, args[0])
        begin = builder.bitcast(target.data, ir.IntType(8).as_pointer())
        number = context.cast(builder, args[1], signature.args[1], types.intp)
        stride = cgutils.unpack_tuple(builder, target.strides)[0]  # type: ignore[no-untyped-call]
        address = builder.gep(begin, [builder.mul(number, stride)])
        word = ir.IntType(32)
        call = builder.module.declare_intrinsic(
            "llvm.prefetch",
            [address.type],
            ir.FunctionType(ir.VoidType(), [address.type] + [word] * 3),
        )
        # read, keep in every cache, data
        builder.call(call, [address, word(0), word(3), word(1)])
        return context.get_dummy_value()

    return types.void(array, row), codegen


lowest_bit: Callable[[Any], Any] = intrinsic(_lowest_bit)
"""Number of the lowest set bit of a non-zero uint64."""
count_bits: Callable[[Any], Any] = intrinsic(_count_bits)
"""How many bits of a uint64 are set."""
prefetch: Callable[[Any, Any], None] = intrinsic(_prefetch)
"""Ask for the memory of ``array[row]`` before it is needed; changes nothing else."""
