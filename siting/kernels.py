"""Kernels: functions that are compiled at their first call, so that numba is loaded no sooner.

Loading numba and preparing 185 kernels takes a third of a second of processor; most commands call
a few of them, those that only look at a scenario call none.

What has to be compiled, once on a machine and for seconds, is told to whoever watches.

A kernel finds what it calls under the global names of its module. When it is first called, numba is
loaded, and the names that it uses are given the compiled functions in place of the deferred ones.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from threading import RLock, local
from types import CodeType, FunctionType, ModuleType
from typing import Any

_PREPARING = RLock()
_WATCHING: list[Callable[[str], None]] = []
_HERE = local()
"""Of each thread: ``needless``, what says that its compiling is for nothing by now."""


class NeedlessError(Exception):
    """What called for a kernel is not wanted any more."""


class Deferred:
    """Something of numba's that is made when it is first needed."""

    def __init__(self, body: Any, make: Callable[[], Any]):
        self._made: Any = None
        self._make = make
        self.__wrapped__ = body
        self.__doc__ = body.__doc__
        self.__name__ = body.__name__
        self.__module__ = body.__module__

    def made(self) -> Any:
        """What stands in its place once numba is there."""
        if self._made is None:
            with _PREPARING:
                if self._made is None:
                    self._made = self._make()
        return self._made

    def __call__(self, *args: Any) -> Any:
        return self.made()(*args)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self.made(), name)


def njit(**options: Any) -> Callable[[Any], Any]:
    """``numba.njit(**options)`` at the first call."""

    def defer(body: FunctionType) -> Any:
        def make() -> Any:
            import numba

            _listen()
            _settle(body)
            return numba.njit(**options)(body)

        return Deferred(body, make)

    return defer


def intrinsic(body: Callable[..., Any]) -> Any:
    """``numba.extending.intrinsic`` when the first kernel that uses it is prepared."""

    def make() -> Any:
        from numba.extending import intrinsic as made

        return made(body)

    return Deferred(body, make)


def _prange() -> Any:
    import numba

    return numba.prange


prange: Any = Deferred(range, _prange)
"""``numba.prange``; a kernel's own name for it is given the real one."""


def _settle(body: FunctionType) -> None:
    """Put what is made in place of what is deferred, under every global name a kernel uses."""
    known = body.__globals__
    for name in _names(body.__code__):
        value = known.get(name)
        if isinstance(value, Deferred):
            known[name] = value.made()
        elif isinstance(value, ModuleType) and value.__name__.startswith("siting."):
            raise TypeError(f"{body.__qualname__}: import the kernels of {value.__name__} by name")
    for cell in body.__closure__ or ():
        if isinstance(cell.cell_contents, Deferred):
            raise TypeError(f"{body.__qualname__}: a kernel from around it must be a global")


@cache
def plain(kernel: Any) -> Callable[..., Any]:
    """A kernel's body as Python runs it, with the bodies of the kernels that it calls: slow, and
    nothing is compiled. Numbers of a fixed size stay so only where they come out of arrays."""
    body = kernel.__wrapped__
    known = dict(body.__globals__)
    for name in _names(body.__code__):
        value = known.get(name)
        if isinstance(value, Deferred) or hasattr(value, "py_func"):
            known[name] = plain(value)
    return FunctionType(body.__code__, known, body.__name__)


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if inspect.iscode(constant):
            yield from _names(constant)


@contextmanager
def watched(tell: Callable[[str], None]) -> Iterator[None]:
    """``tell`` the name of each kernel as its compiling begins, from whatever thread compiles it;
    what an earlier run compiled and kept is read in no time and not told."""
    _WATCHING.append(tell)
    try:
        yield
    finally:
        _WATCHING.remove(tell)


@contextmanager
def while_wanted(needless: Callable[[], bool] | None) -> Iterator[None]:
    """Let this thread begin to compile a kernel only while it is wanted: a city's kernels take the
    processor half a minute, and a limit may end what they were for.

    Args:
        needless: asked before each kernel; None = always wanted.

    Raises:
        NeedlessError: from the call of the kernel that is not compiled any more.
    """
    before, _HERE.needless = wanted_here(), needless
    try:
        yield
    finally:
        _HERE.needless = before


def wanted_here() -> Callable[[], bool] | None:
    """What this thread asks before it compiles a kernel."""
    return getattr(_HERE, "needless", None)


def kept(kernel: Any) -> bool:
    """Whether an earlier run has compiled a kernel and left it on disk."""
    if not isinstance(kernel, Deferred):
        return True  # this run has used it
    with suppress(AttributeError, OSError):  # numba tells it nowhere in public
        return bool(kernel.made()._cache._cache_file._load_index())
    return True


@cache
def _listen() -> None:
    """Hear from numba what it compiles; once."""
    from numba.core import event

    class Compiling(event.Listener):
        def on_start(self, event: Any) -> None:
            needless = wanted_here()
            if needless is not None and needless():
                raise NeedlessError
            body = event.data["dispatcher"].py_func
            if not body.__module__.startswith("numba."):  # its own parts are within ours
                for tell in tuple(_WATCHING):
                    tell(body.__name__.strip("_"))

        def on_end(self, event: Any) -> None:
            pass

    event.register("numba:compile", Compiling())  # type: ignore[no-untyped-call]
