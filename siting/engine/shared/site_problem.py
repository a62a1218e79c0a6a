"""The small problem left at one site once everything shared has a price: which formats to open on
its floor. Solved exactly by depth-first branch and bound over the options by profit per m²."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from siting.engine.shared.arrays import Bytes, Floats, Int, Ints, Ints32, Mask, Words
from siting.engine.shared.instance import Instance
from siting.engine.shared.rows import Rows
from siting.engine.shared.threads import ThreadPool
from siting.kernels import njit

NODE_LIMIT = 4000
"""After so many nodes the linear relaxation stands in: larger, so still a valid bound."""


@dataclass(frozen=True)
class SiteRules:
    """What a site's problem needs beyond profits, as plain arrays for the kernels."""

    site_options: Ints
    area: Ints
    floor: Ints
    format: Ints32
    phase: Ints32
    conflict: Words
    """Formats (bits) that may not share a site with a format, shape (n_formats,)."""
    row_start: Ints
    """Local rows of option o: ``row[row_start[o]:row_start[o + 1]]``."""
    row: Ints
    coefficient: Ints
    rhs: Ints
    helps: Mask
    """Options that a local row may need although they earn nothing."""
    n_phases: int

    def arguments(self) -> tuple[object, ...]:
        """In the kernels' order."""
        return (
            self.site_options,
            self.area,
            self.floor,
            self.format,
            self.phase,
            self.conflict,
            self.row_start,
            self.row,
            self.coefficient,
            self.rhs,
            self.helps,
            self.n_phases,
        )


def site_rules(instance: Instance, rows: Rows) -> SiteRules:
    """Collect them from the local rows and from spacings that forbid sharing a site."""
    problem = instance.problem
    n_formats = problem.n_formats
    conflict = np.zeros(n_formats, np.uint64)
    if n_formats <= 64:
        for spacing in problem.spacings:
            for f in spacing.formats:
                for h in spacing.formats:
                    if f != h:
                        conflict[f] |= np.uint64(1) << np.uint64(h)
    local = np.flatnonzero(rows.local)
    matrix = rows.options[local].tocsc()
    helps = np.zeros(instance.n_options, np.bool_)
    column = np.repeat(np.arange(instance.n_options), np.diff(matrix.indptr))
    helps[column[matrix.data < 0]] = True
    o = instance.options
    return SiteRules(
        instance.site_options,
        o.area,
        instance.area,
        o.format,
        o.phase,
        conflict,
        matrix.indptr.astype(np.int64),
        matrix.indices.astype(np.int64),
        matrix.data.astype(np.int64),
        rows.rhs[local],
        helps,
        problem.n_phases,
    )


@njit(cache=True, nogil=True)
def _site_values(
    profit: Floats,
    opening_price: Floats,
    value: Floats,
    chosen: Bytes,
    n_local: Int,
    site_options: Ints,
    area: Ints,
    floor: Ints,
    format_: Ints32,
    phase: Ints32,
    conflict: Words,
    row_start: Ints,
    row: Ints,
    coefficient: Ints,
    rhs: Ints,
    helps: Mask,
    n_phases: Int,
    low: Int,
    high: Int,
) -> None:
    """Best profit of each site and its options (``chosen`` is 0/1 per option)."""
    used_row = np.zeros(max(1, n_local), np.int64)
    for s in range(low, high):
        begin, end = site_options[s], site_options[s + 1]
        chosen[begin:end] = 0
        # Openings: the cheapest phase's price is paid, a relaxation only when phases differ.
        fee = np.inf
        for k in range(n_phases):
            fee = min(fee, opening_price[s * n_phases + k])
        total, need, count, plain = 0.0, np.int64(0), 0, True
        for o in range(begin, end):
            if profit[o] > 0.0:
                total += profit[o]
                need += area[o]
                count += 1
                if row_start[o + 1] > row_start[o] or conflict[format_[o]] != 0:
                    plain = False
                if o > begin and format_[o] == format_[o - 1] and profit[o - 1] > 0.0:
                    plain = False
        if count == 0 or total <= fee:
            # With rows that demand something (rhs < 0) an empty site is a relaxation: still valid.
            value[s] = 0.0
            continue
        if plain and need <= floor[s]:
            value[s] = total - fee
            for o in range(begin, end):
                if profit[o] > 0.0:
                    chosen[o] = 1
            continue
        best, picked = _branch(
            begin,
            end,
            profit,
            area,
            floor[s],
            format_,
            conflict,
            row_start,
            row,
            coefficient,
            rhs,
            helps,
            used_row,
        )
        if best > fee:
            value[s] = best - fee
            for o in picked:
                chosen[o] = 1
        else:
            value[s] = 0.0


@njit(cache=True, nogil=True)
def _branch(
    begin: Int,
    end: Int,
    profit: Floats,
    area: Ints,
    floor: Int,
    format_: Ints32,
    conflict: Words,
    row_start: Ints,
    row: Ints,
    coefficient: Ints,
    rhs: Ints,
    helps: Mask,
    used_row: Ints,
) -> tuple[float, Ints]:
    n = 0
    item = np.empty(end - begin, np.int64)
    for o in range(begin, end):
        if profit[o] > 0.0 or helps[o]:
            item[n] = o
            n += 1
    item = item[:n]
    density = np.empty(n)
    for j in range(n):
        density[j] = -profit[item[j]] / (area[item[j]] + 1e-9)
    item = item[np.argsort(density)]
    taken = np.zeros(n, np.bool_)
    best_taken = np.zeros(n, np.bool_)
    best, now, room = 0.0, 0.0, floor
    relaxed = _fractional(item, 0, n, profit, area, room)
    mask = np.uint64(0)
    banned = np.zeros(64, np.int32)
    depth, nodes = 0, 0
    forward = True
    while True:
        if forward:
            nodes += 1
            if nodes > NODE_LIMIT:
                for j in range(n):
                    if taken[j]:
                        for at in range(row_start[item[j]], row_start[item[j] + 1]):
                            used_row[row[at]] -= coefficient[at]
                return relaxed, item[best_taken]
            if now > best + 1e-12:
                feasible = True
                for j in range(n):
                    for at in range(row_start[item[j]], row_start[item[j] + 1]):
                        if used_row[row[at]] > rhs[row[at]]:
                            feasible = False
                if feasible:
                    best = now
                    best_taken[:] = taken
            if depth == n or now + _fractional(item, depth, n, profit, area, room) <= best + 1e-12:
                forward = False
                continue
            o = item[depth]
            f = format_[o]
            bit = np.uint64(1) << np.uint64(f & 63)
            fits = area[o] <= room and (mask & bit) == 0 and banned[f & 63] == 0
            if fits:
                taken[depth] = True
                now += profit[o]
                room -= area[o]
                mask |= bit
                for h in range(min(64, len(conflict))):
                    if conflict[f] >> np.uint64(h) & np.uint64(1):
                        banned[h] += 1
                for at in range(row_start[o], row_start[o + 1]):
                    used_row[row[at]] += coefficient[at]
            depth += 1
        else:
            depth -= 1
            while depth >= 0 and not taken[depth]:
                depth -= 1
            if depth < 0:
                break
            o = item[depth]
            f = format_[o]
            taken[depth] = False
            now -= profit[o]
            room += area[o]
            mask &= ~(np.uint64(1) << np.uint64(f & 63))
            for h in range(min(64, len(conflict))):
                if conflict[f] >> np.uint64(h) & np.uint64(1):
                    banned[h] -= 1
            for at in range(row_start[o], row_start[o + 1]):
                used_row[row[at]] -= coefficient[at]
            depth += 1
            forward = True
    return best, item[best_taken]


@njit(cache=True, nogil=True)
def _fractional(item: Ints, begin: Int, n: Int, profit: Floats, area: Ints, room: Int) -> float:
    """Dantzig's bound: fill the room by profit per m², the last option in part."""
    value = 0.0
    for j in range(begin, n):
        o = item[j]
        if profit[o] <= 0.0:
            continue
        if area[o] <= room:
            value += profit[o]
            room -= area[o]
        else:
            return value + profit[o] * room / area[o]
    return value


def site_values(
    profit: Floats,
    opening_price: Floats,
    rules: SiteRules,
    pool: ThreadPool,
) -> tuple[Floats, Bytes]:
    """Best profit of every site, shape (n_sites,), and the options it takes, shape (n_options,)."""
    n_sites = len(rules.floor)
    value = np.zeros(n_sites)
    chosen = np.zeros(len(profit), np.uint8)
    pool.over(
        pool.split(rules.site_options),
        _site_values,
        profit,
        opening_price,
        value,
        chosen,
        len(rules.rhs),
        *rules.arguments(),
    )
    return value, chosen
