"""``--reproducible``, of commands that solve: one thread; what even that cannot promise is told."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from siting.commands.terminal import tell_faults
from siting.notice import Notice
from siting.texts.words import Lang

if TYPE_CHECKING:
    from siting.result import Result

BY_CHANCE = ("time", "interrupt", "memory")
"""Limits that end another run at another plan."""


def threads_for(threads: int | None, reproducible: bool) -> int | None:
    """Of a run: one where folders are to compare and nobody asked for more."""
    return 1 if reproducible and threads is None else threads


def tell_chance(reproducible: bool, results: Iterable[Result], lang: Lang) -> None:
    """Warn where a limit ended a run that another run may end elsewhere."""
    limits = {result.limit for result in results} & set(BY_CHANCE)
    if reproducible and limits:
        told = next(limit for limit in BY_CHANCE if limit in limits)
        tell_faults([Notice("run.by_chance", limit=told)], lang)
