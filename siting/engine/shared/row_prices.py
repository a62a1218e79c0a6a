"""Prices of the planner's rows while a bound is iterated.

The *main* row's price is found exactly at every step, with the plan it allows; the other shared
rows' prices move a step at a time, dearer where the fractional plan overspends. Prices that
somebody else sets (of rows that a city's tiles share) stand still and are charged.
"""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array

from siting.engine.shared.arrays import Floats, Ints
from siting.engine.shared.averages import Averages
from siting.engine.shared.hull import any_crowded, mixtures
from siting.engine.shared.instance import Instance
from siting.engine.shared.projection import (
    first_of_format,
    project_sites,
    root,
    worth_projecting,
)
from siting.engine.shared.rows import Rows
from siting.engine.shared.threads import ThreadPool

ROW_SCALE = 0.3
"""Of the median worth for a unit of a row: its entries then weigh like people in the steps."""
LEAST_PRICE = 0.9
"""Sites are looked up that may open something down to so much of a price."""
NEAR = 1e-6
"""Of the main row: what may be left of it at the price that is found."""
NEAR_MIXED = 3e-4
"""The same where sites mix sets, whose projections end a little early: closer would chase that."""
NEAR_SHARE, FARTHEST = 0.2, 3e-3
"""While a bound is far from its plan, so much of its relative gap will do, up to the second."""
LINEAR_GAP = 0.01
"""Relative gap down to which the floors' own rows do for an iteration that begins with them."""
PART = 512
"""Sites of a part; sums go part by part, so that they are the same for any number of threads."""


class RowPrices:
    """The rows as arrays, their prices, and the step sizes of the plan.

    Attributes:
        theta: price of each shared row in the iteration's scale, 0 on local ones and on the main
            row; shape (n_rows,).
        main_price: the main row's, as the last projection found it.
        tau: step size of each option's y, shape (n_options,).
        linear: whether floors are filled with parts, though mixtures of whole sets would prove
            more.
    """

    def __init__(
        self,
        instance: Instance,
        rows: Rows,
        pool: ThreadPool,
        step: float,
        given: Floats | None = None,
    ):
        """Of an instance's rows.

        Args:
            given: prices that stand still, in the iteration's scale, NaN where they are found
                here; shape (n_rows,). The main row has none.
        """
        self.instance, self.rows, self.pool, self.step = instance, rows, pool, step
        stands = np.zeros(len(rows), np.bool_) if given is None else ~np.isnan(given)
        self.given = np.zeros(len(rows)) if given is None else np.where(stands, given, 0.0)
        k = instance.problem.n_phases
        options = rows.options.astype(np.float64)
        # A site's opening is charged in its first phase; with several, the cheapest stands in,
        # which only steers the steps: the bound itself is evaluated with each.
        openings = rows.openings.astype(np.float64)[:, np.arange(instance.n_sites) * k]
        self.priced = [int(r) for r in rows.shared if r != rows.main and not stands[r]]
        self._charge = options.T @ self.given
        self._fee = openings.T @ self.given
        self._rows = csr_array(options[self.priced]) if self.priced else None
        self._openings = (
            csr_array(openings[self.priced]) if self.priced and rows.has_openings else None
        )
        self._main = np.zeros(instance.n_options)
        self._main_opening = np.zeros(instance.n_sites)
        self._main_rhs = np.inf
        if rows.main >= 0:
            self._main = np.asarray(options[[rows.main]].todense()).ravel()
            self._main_opening = np.asarray(openings[[rows.main]].todense()).ravel()
            self._main_rhs = float(rows.rhs[rows.main])
        self._group_begin = first_of_format(instance.site_options, instance.options.format)
        self._mixes = any_crowded(
            instance.site_options, self._group_begin, instance.options.area, instance.area
        )
        self._sets, self._weight = mixtures(instance.n_sites if self._mixes else 0)
        self.linear, self._near = False, NEAR_MIXED if self._mixes else NEAR
        self._site_ranges = pool.split(instance.site_options, 1)
        self.theta = np.zeros(len(rows))
        self.main_price, self._main_slope = 0.0, 0.0

    def at(self, rows: Rows) -> None:
        """Go on at other right-hand sides of the same rows."""
        self.rows = rows
        if rows.main >= 0:
            self._main_rhs = float(rows.rhs[rows.main])

    def begin_linear(self) -> None:
        """Fill floors with parts until :meth:`refine` is told of a small gap: while multipliers are
        far off, mixtures cost ten times the rest of an iteration and prove no more."""
        self.linear = self._mixes
        self.refine(np.inf)

    def refine(self, gap: float) -> None:
        """Project as closely as it takes so near to the end.

        Args:
            gap: of the bound above the fractional plan, relative.
        """
        self.linear &= not gap < LINEAR_GAP
        if self._mixes:
            self._near = max(NEAR_MIXED, min(FARTHEST, NEAR_SHARE * gap))

    def weigh(self, worth: Floats, *, reaching_only: bool) -> Floats:
        """Set the step sizes of the plan; what a unit of each row weighs in them.

        Args:
            worth: people an option could win at most, in the iteration's scale, shape (n_options,).
            reaching_only: leave options that reach nobody (a vehicle, say) out of what a row's
                units are worth: they would tell nothing.

        Returns:
            shape (n_rows,), 0 where there is no price to move.
        """
        scale = np.zeros(len(self.rows))
        load = worth.copy()
        for r in self.priced:
            low, high = self.rows.options.indptr[r], self.rows.options.indptr[r + 1]
            at, a = self.rows.options.indices[low:high], np.abs(self.rows.options.data[low:high])
            telling = worth[at] > 0 if reaching_only else np.ones(len(at), np.bool_)
            if telling.any():
                scale[r] = ROW_SCALE * np.median((worth[at] / a)[telling])
                load[at] += scale[r] * a
        self.tau = 1.0 / (self.step * np.maximum(load, 1e-12))
        self.tau[worth <= 0] = 0.0 if not self.priced else 1.0 / self.step
        return scale

    def set_steps(self, scale: Floats) -> None:
        """Step sizes of the prices, from what ``weigh`` returned."""
        if self._rows is not None:
            total = np.asarray(abs(self._rows).sum(axis=1)).ravel()
            self._price_step = self.step * scale[self.priced] / np.maximum(total, 1e-9)

    def rescale(self, factor: float) -> None:
        """All prices in another scale."""
        self.theta *= factor
        self.main_price *= factor

    def move(self, y: Floats, offer: Floats, sums: Averages, relax: float) -> tuple[Floats, Floats]:
        """One step of the prices against the plan y.

        Args:
            offer: what each option would win, shape (n_options,).
            relax: over-relaxation.

        Returns:
            the offer less the extrapolated prices, and every site's opening fee at them, shape
            (n_sites,).
        """
        fee = np.maximum(0.0, self._fee)
        offer = offer - self._charge
        if self._rows is None:
            return offer, fee
        old = self.theta[self.priced]
        used = self._rows @ y
        if self._openings is not None:
            used = used + self._openings @ self._opened(y)
        new = np.maximum(0.0, old + self._price_step * (used - self.rows.rhs[self.priced]))
        offer = offer - self._rows.T @ (2 * new - old)
        if self._openings is not None:
            fee = np.maximum(0.0, self._fee + self._openings.T @ (2 * new - old))
        self.theta[self.priced] = old + relax * (new - old)
        sums.theta[self.priced] += new
        return offer, fee

    def overspent(self, y: Floats) -> float:
        """Σ θ (used - rhs) of the prices that stand still: what the plan y pays beyond the rows."""
        spent = self._charge @ y - self.given @ self.rows.rhs
        return float(spent + self._fee @ self._opened(y)) if self._fee.any() else float(spent)

    def _opened(self, y: Floats) -> Floats:
        """How far each site is open: its largest y, shape (n_sites,)."""
        opened = np.zeros(self.instance.n_sites)
        np.maximum.at(opened, self.instance.options.site, y)
        return opened

    def project(self, v: Floats, fee: Floats) -> Floats:
        """The nearest y to v that floors, formats and the main row allow, measured in the steps'
        own metric; finds the main row's price."""
        i = self.instance
        y = np.zeros_like(v)
        mixed = self._sets[:0] if self.linear else self._sets
        sites, least = np.zeros(0, np.int64), np.inf

        def spent(price: float) -> float:
            nonlocal sites, least
            if price < least:
                # Where no option is worth its share of the main row nothing opens, whatever else
                # has a price: most sites, most of the time.
                least = LEAST_PRICE * price
                y[:] = 0.0
                found = self.pool.over(
                    self._site_ranges,
                    worth_projecting,
                    v,
                    self.tau,
                    least,
                    self._main,
                    i.site_options,
                )
                sites = np.concatenate([np.zeros(0, np.int64), *found])
            used = self.pool.over(
                _parts(len(sites)),
                project_sites,
                sites,
                v,
                self.tau,
                price,
                self._main,
                self._main_opening,
                fee,
                i.options.area,
                i.site_options,
                i.area,
                self._group_begin,
                mixed,
                self._weight,
                y,
            )
            return float(sum(used)) - self._main_rhs

        if self.rows.main < 0:
            spent(0.0)
        else:
            self.main_price, self._main_slope = root(
                spent,
                self.main_price,
                self._main_slope,
                self._main_rhs,
                self._near,
            )
        return y


def _parts(n: int) -> Ints:
    """Borders of parts of a list of sites."""
    return np.append(np.arange(0, n, PART), n)
