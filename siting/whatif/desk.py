"""WhatIf: a plan on the planner's desk. Ids come in, figures go out; positions stay inside."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from siting.errors import ArgumentError, SitingError
from siting.models.traits import Traits, traits_of
from siting.notice import Notice
from siting.problem import ACTIONS, TIERS, Objective, Problem
from siting.verification.evaluation import evaluate, reported
from siting.whatif.blocks import Block, Violation, blocks_of, violations_of
from siting.whatif.change import Change
from siting.whatif.coverage import Coverage
from siting.whatif.names import Meant, Names, positions
from siting.whatif.purchases import Per, Purchase, best_purchases
from siting.whatif.rows import Row, Rows
from siting.whatif.spacing import Spacings

if TYPE_CHECKING:
    import pandas as pd

    from siting.verification.evaluation import Evaluation

Ints = NDArray[np.int64]

COUNTED = ("reach", "backup")
"""Objectives that count people newly covered, and so are kept up to date."""


class WhatIf:
    """A plan that is changed step by step; all figures follow at once and exactly.

    Illegal steps are possible: ``violations`` says what they break, as planners draw first and ask
    later. What is kept up to date is named in ``live``; for the rest (served people where capacity
    counts, walking costs of p_median and p_center, complete circles) ask :meth:`check`.

    Args:
        problem: what is planned.
        plan: option positions, or anything with ``options`` (a Plan, a Result); default: what
            stands today stays as it is.
        objective: default ``problem.objective``.

    Raises:
        ArgumentError: a position outside ``0..n_options - 1``.
    """

    def __init__(self, problem: Problem, plan: Any = None, objective: Objective | None = None):
        spec = objective or problem.objective
        self.problem = problem.under(spec)
        self.spec = spec
        self._coverage = Coverage(self.problem, spec)
        self._rows = Rows(self.problem)
        self._spacings = Spacings(self.problem)
        self._chosen = np.zeros(self.problem.n_options, bool)
        self._area = np.zeros(self.problem.n_sites, np.int64)
        self._times: Counter[tuple[int, int]] = Counter()
        self._done: list[tuple[tuple[int, ...], tuple[int, ...]]] = []
        self._undone: list[tuple[tuple[int, ...], tuple[int, ...]]] = []
        self._names = Names(self.problem)
        self._reported = reported(self.problem)
        self._begin_with(positions(self.problem, plan))

    def _begin_with(self, options: Ints) -> None:
        o = self.problem.options
        self._chosen[options] = True
        self._coverage.begin_with(options)
        self._rows.begin_with(options)
        np.add.at(self._area, o.site[options], o.area[options])
        places = zip(o.site[options].tolist(), o.format[options].tolist(), strict=True)
        self._times.update(places)

    # -- steps ---------------------------------------------------------------------------------

    def add(
        self,
        site: str | int,
        format: str | None = None,
        size: str | None = None,
        *,
        phase: str | None = None,
        action: str | None = None,
    ) -> Change:
        """Open an outlet.

        Args:
            site: id, or position where the problem has no ids.
            format, size, phase, action: may be left out where the site offers one; of several
                phases the first, of several actions ``open`` is taken.

        Raises:
            ArgumentError: nothing of the kind can open there, it is open already, or several
                sizes can; the message names them.
        """
        meant = Meant(site, format, size, phase, action)
        option = self._names.one(meant, self._chosen, open_now=False)
        return self._step((option,), ())

    def close(
        self,
        site: str | int,
        format: str | None = None,
        size: str | None = None,
        *,
        phase: str | None = None,
        action: str | None = None,
    ) -> Change:
        """Take an outlet out of the plan; arguments as :meth:`add`, among what is chosen."""
        meant = Meant(site, format, size, phase, action)
        option = self._names.one(meant, self._chosen, open_now=True)
        return self._step((), (option,))

    def move(
        self, site: str | int, to: str | int, format: str | None = None, size: str | None = None
    ) -> Change:
        """Close an outlet and open one of the same format and phase elsewhere, as one step.

        Args:
            size: at the new site; default the old one's, or the only one offered there.
        """
        old = self._names.one(Meant(site, format), self._chosen, open_now=True)
        o, names = self.problem.options, self.problem.labels
        meant = Meant(to, names.formats[o.format[old]], size, names.phases[o.phase[old]])
        same = names.sizes[o.size[old]]
        offered = self._names.offers(meant, ~self._chosen)
        if size is None and any(names.sizes[o.size[x]] == same for x in offered.tolist()):
            meant = meant._replace(size=same)
        return self._step((self._names.one(meant, self._chosen, open_now=False),), (old,))

    def toggle(self, option: int) -> Change:
        """Open an option that is closed, close one that is open; by its position."""
        if not 0 <= option < self.problem.n_options:
            last = self.problem.n_options - 1
            raise ArgumentError(Notice("whatif.option_range", last=last, option=option))
        return self._step(*(((), (option,)) if self._chosen[option] else ((option,), ())))

    @property
    def can_undo(self) -> bool:
        """Whether there is a step to take back."""
        return bool(self._done)

    @property
    def can_redo(self) -> bool:
        """Whether there is a step that was taken back."""
        return bool(self._undone)

    def undo(self, *, redoable: bool = True) -> Change | None:
        """Take the last step back; None when there is none.

        Args:
            redoable: whether :meth:`redo` may make it again.
        """
        if not self._done:
            return None
        added, removed = self._done.pop()
        if redoable:
            self._undone.append((added, removed))
        return self._put(removed, added)

    def redo(self) -> Change | None:
        """Take the last step that was taken back once more; None when there is none."""
        if not self._undone:
            return None
        step = self._undone.pop()
        self._done.append(step)
        return self._put(*step)

    def _step(self, added: tuple[int, ...], removed: tuple[int, ...]) -> Change:
        self._undone.clear()
        self._done.append((added, removed))
        return self._put(added, removed)

    def _put(self, added: Iterable[int], removed: Iterable[int]) -> Change:
        """Make a change, and tell what it did."""
        added, removed = tuple(added), tuple(removed)
        before, cost = self._coverage.people(), self._rows.cost
        self._coverage.begin()
        o = self.problem.options
        for options, sign in ((removed, -1), (added, 1)):
            for option in options:
                self._chosen[option] = sign > 0
                self._coverage.change(option, sign)
                self._rows.change(option, sign)
                site = int(o.site[option])
                self._area[site] += sign * o.area[option]
                self._times[site, int(o.format[option])] += sign
        return Change(
            added,
            removed,
            *self._coverage.touched(),
            self._coverage.people() - before,
            self._rows.cost - cost,
            self.problem,
        )

    # -- figures -------------------------------------------------------------------------------

    @property
    def live(self) -> frozenset[str]:
        """Which of ``objective``, ``coverage``, ``cost``, ``floor`` and ``rules`` follow every
        step exactly."""
        always = frozenset(("cost", "floor", "rules"))
        if self._by_capacity:
            return always
        counted = self._traits.counts in COUNTED or self._traits.priced
        return always | {"coverage"} | ({"objective"} if counted else set())

    @property
    def _traits(self) -> Traits:
        return traits_of(self.spec.model)

    @property
    def _by_capacity(self) -> bool:
        return self.problem.respect_capacity or self._traits.counts == "service"

    @property
    def options(self) -> Ints:
        """Positions of the chosen options, ascending."""
        return np.flatnonzero(self._chosen)

    @property
    def exact(self) -> Fraction | None:
        """The objective in the model's unit; None where it is not ``live``."""
        if "objective" not in self.live:
            return None
        if self._traits.priced:
            return Fraction(self.cost if self.problem.priced else int(self._chosen.sum()))
        return sum(self.tiers.values(), Fraction(0))

    @property
    def objective(self) -> float | None:
        """As a number; None where it is not ``live``."""
        return None if self.exact is None else float(self.exact)

    @property
    def tiers(self) -> dict[str, Fraction]:
        """Weighted persons gained in each tier that has targets; empty where nobody is counted."""
        if self._by_capacity or self._traits.counts not in COUNTED:
            return {}
        of_tier: dict[str, list[int]] = {}
        for t, target in enumerate(self.problem.targets):
            of_tier.setdefault(target.tier, []).append(t)
        return {
            tier: self._coverage.gained(of_tier[tier]) * self.problem.unit
            for tier in TIERS
            if tier in of_tier
        }

    @property
    def coverage(self) -> dict[str, dict[str, float]]:
        """Persons in reach by format and group, at the end of the last phase."""
        people = self._coverage.people()
        table: dict[str, dict[str, float]] = {}
        for (format_, group), t in sorted(self._reported.items()):
            names = self.problem.labels
            table.setdefault(names.formats[format_], {})[names.groups[group]] = float(
                Fraction(int(people[t]), self.problem.person_units)
            )
        return table

    def people(self) -> Ints:
        """Covered people of each target, 1/person_units, shape (n_targets,)."""
        return self._coverage.people()

    def formats_at(self, points: NDArray[np.integer] | None = None) -> NDArray[np.bool_]:
        """Whether points have each format in reach, within any of its standards, in the last phase.

        Args:
            points: positions, shape (n,); None = all.

        Returns:
            Shape (n, n_formats).
        """
        return self._coverage.formats_at(points)

    @property
    def cost(self) -> int:
        """Whole currency units, opening costs included."""
        return self._rows.cost

    @property
    def opening_costs(self) -> int:
        """Whole currency units for opening sites, part of ``cost``."""
        return self._rows.opening_costs

    @property
    def floor(self) -> Ints:
        """m2 used at each site, shape (n_sites,)."""
        return self._area.copy()

    @property
    def rules(self) -> list[Row]:
        """Every row of every linear rule: limit, used, whether it binds."""
        return self._rows.table(self._chosen)

    @property
    def violations(self) -> list[Violation]:
        """What the plan breaks, and by how much; empty = every rule is kept."""
        return violations_of(
            self.problem,
            self.spec,
            self._chosen,
            self._rows,
            self._area,
            self._times,
            self._spacings,
            None if self._by_capacity else self._coverage,
        )

    def gains(self) -> NDArray[np.int64] | NDArray[np.object_]:
        """What each option would win if it opened as well: weighted people in ``problem.unit``,
        shape (n_options,); 0 for those that are open."""
        gains = self._coverage.gains()
        gains[self._chosen] = 0
        return gains

    def losses(self) -> NDArray[np.int64] | NDArray[np.object_]:
        """What each option would lose if it closed, in ``problem.unit``, shape (n_options,); 0 for
        those that are not open."""
        chosen = self.options
        lost = self._coverage.losses(chosen)
        all_options: NDArray[Any] = np.zeros(self.problem.n_options, lost.dtype)
        all_options[chosen] = lost
        return all_options

    def blocks(
        self,
        site: str | int,
        format: str | None = None,
        size: str | None = None,
        *,
        phase: str | None = None,
        action: str | None = None,
    ) -> list[Block]:
        """Why an outlet may not open as well: each rule with its limit, what is used of it, what
        the outlet asks, and how much is short; empty when nothing is in its way."""
        meant = Meant(site, format, size, phase, action)
        return self.blocks_at(self._names.one(meant, self._chosen, open_now=False))

    def blocks_at(self, option: int) -> list[Block]:
        """The same of an option by its position."""
        return blocks_of(
            self.problem, option, self._chosen, self._rows, self._area, self._times, self._spacings
        )

    def fitting(self) -> NDArray[np.bool_]:
        """Options that could open as well without breaking any rule further, (n_options,)."""
        o = self.problem.options
        taken = np.zeros((self.problem.n_sites, self.problem.n_formats), bool)
        for (site, format_), times in self._times.items():
            taken[site, format_] = times > 0
        fits = ~self._chosen & ~taken[o.site, o.format] & self._rows.fitting()
        fits &= (o.area == 0) | (self._area[o.site] + o.area <= self.problem.site_area[o.site])
        return fits & ~self._spacings.near(self.options)

    def next(self, k: int = 20, per: Per = "money") -> list[Purchase]:
        """The best purchases that break no rule, each seen by itself upon the plan as it is.

        Args:
            k: at most so many.
            per: people gained per ``money`` (a purchase that costs nothing comes first), per
                ``outlet`` or per ``m2`` of floor.

        Raises:
            ArgumentError: ``per`` is something else.
        """
        gains, price = self.gains(), self._rows.price()
        return best_purchases(self.problem, self.fitting(), gains, price, k, per)

    def check(self) -> Evaluation:
        """Judge the plan anew by the independent judge.

        Raises:
            SitingError: a live figure differs, which is a fault of this program.
        """
        judged = evaluate(self.problem, self.options, self.spec)
        pairs: list[tuple[str, object, object]] = [
            ("cost", self.cost, judged.cost),
            ("opening costs", self.opening_costs, judged.opening_costs),
            (
                "floor",
                {s: int(a) for s, a in enumerate(self._area) if a},
                {s: a for s, a in judged.area.items() if a},
            ),
            (
                "rules",
                [(r.limit, r.used, r.binds) for r in self.rules],
                [(u.limit, u.used, u.binds) for u in judged.rules],
            ),
        ]
        if "coverage" in self.live:
            after = [target.after for target in judged.targets]
            pairs.append(("coverage", self.people().tolist(), after))
            pairs.append(("violations", len(self.violations), len(judged.violations)))
        if "objective" in self.live:
            pairs.append(("objective", self.exact, judged.exact))
        for name, live, exact in pairs:
            if live != exact:
                told = {"live": str(live), "exact": str(exact)}
                raise SitingError(Notice("whatif.differs", name=name, **told))
        return judged

    def table(self) -> pd.DataFrame:
        """The plan with the columns that ``siting score`` reads: site, format, size, phase,
        action."""
        import pandas as pd

        o, names = self.problem.options, self.problem.labels
        rows = [
            (
                self.problem.site_id(int(o.site[at])),
                names.formats[o.format[at]],
                names.sizes[o.size[at]],
                names.phases[o.phase[at]],
                str(ACTIONS[o.action[at]]),
            )
            for at in self.options.tolist()
        ]
        return pd.DataFrame(rows, columns=["site", "format", "size", "phase", "action"])

    def position(self, site: str | int) -> int:
        """Of a site by its id. Raises ArgumentError for one that is not known."""
        return self._names.site(site)
