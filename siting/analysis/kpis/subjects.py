"""Whose figure it is: a group of a format as a whole, and its parts where circles differ.

A circle's own standard splits a group into targets of disjoint people (``all@Bell``,
``all@others``). A figure of the group counts everybody, each by the standard that holds at home.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from siting.analysis.kpis.kpi import Access
from siting.problem import Problem
from siting.verification.evaluation import reported


@dataclass(frozen=True)
class Subject:
    """People of one format and group, or of a circle's part of it."""

    format: int
    group: str
    targets: tuple[int, ...]
    """Parts with disjoint people and the same outlets."""

    def names(self, problem: Problem) -> tuple[str, str]:
        """Format and group."""
        return problem.labels.formats[self.format], self.group

    def people(self, problem: Problem) -> np.ndarray:
        """Persons at each point, shape (n_points,)."""
        parts = problem.persons[[problem.targets[t].group for t in self.targets]]
        return np.asarray(parts.sum(axis=0) / problem.person_units)

    def access(self, problem: Problem, of: Mapping[int, Access]) -> Access:
        """Everybody's access, from those of the parts: at each point that of who lives there."""
        parts = [of[t] for t in self.targets]
        if len(parts) == 1:
            return parts[0]
        home = [part.people > 0 for part in parts]
        covered = [part.covered & here for part, here in zip(parts, home, strict=True)]
        access = [np.where(here, part.access, 0.0) for part, here in zip(parts, home, strict=True)]
        return Access(
            self.targets[0],
            self.people(problem),
            np.logical_or.reduce(covered),
            np.sum(access, axis=0),
        )


def whole_group(problem: Problem, t: int) -> str:
    """The group of a target, whichever circle's part of it (``all@Bell``) the target counts."""
    return problem.labels.groups[problem.targets[t].group].partition("@")[0]


def whole_groups(problem: Problem) -> dict[tuple[int, str], list[int]]:
    """(format, group) -> its targets of those that reports tell of."""
    found: dict[tuple[int, str], list[int]] = {}
    for t in sorted(reported(problem).values()):
        found.setdefault((problem.targets[t].format, whole_group(problem, t)), []).append(t)
    return found


def subjects(problem: Problem) -> list[Subject]:
    """Every (format, group) that reports tell of, the whole before its parts."""
    told: list[Subject] = []
    for (format_, group), parts in whole_groups(problem).items():
        told.append(Subject(format_, group, tuple(parts)))
        if len(parts) > 1:
            told += [
                Subject(format_, problem.labels.groups[problem.targets[t].group], (t,))
                for t in parts
            ]
    return told
