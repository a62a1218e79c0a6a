"""The form of a circle as a rule or a wish on what opens in it, so that what is measured of the
plan (``siting/analysis/kpis/form.py``) is what was asked for.

clustered      at least half of what opens lies within ``NEAR_M / 2`` of one of the premises, that
               with the most candidate premises around it: any two are within ``NEAR_M``
street_block   whatever opens has two more outlets within ``NEAR_M``, standing or new
dispersed      whatever opens has at most one more outlet within ``NEAR_M``

Distances are straight lines. What stands already is as it is: of a circle full of old outlets the
rule shapes only what is added.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from siting.problem import About, Key, Rule, RuleKind, Wish
from siting.problem import rules as rows
from siting.scenario.assemble.rule_maker import Mask, RuleMaker
from siting.scenario.schema.settings import Circle
from siting.scenario.schema.values import exact

NEAR_M = 100.0
"""Straight metres between outlets that belong together."""
A_BLOCK = 3
"""Outlets that make a street block."""


def forms(make: RuleMaker) -> Iterator[Rule]:
    """One for each circle whose form is a rule."""
    for _, rule in _asked(make, "rule"):
        yield rule


def wished_forms(make: RuleMaker) -> Iterator[Wish]:
    """One for each circle whose form is a wish, in the order of the file."""
    for circle, rule in _asked(make, "wish"):
        of = make.opens & make.of_district(circle.district)
        single = np.flatnonzero(of) if circle.form == "street_block" else np.zeros(0, np.int64)
        yield Wish(rule, exact(circle.form_tolerance), single)


def _asked(make: RuleMaker, how: str) -> Iterator[tuple[Circle, Rule]]:
    for circle in make.settings.circles:
        if circle.form is None or circle.form_as != how:
            continue
        opens = make.opens & make.of_district(circle.district)
        if not opens.any():
            continue
        about = About(Key.FORM, district=circle.district, part=circle.form)
        named = make.named(f"{about.key}.{circle.district}", about)
        if circle.form == "clustered":
            inside = opens & _around(make, opens)
            rule = rows.weighted(
                make.problem,
                kind=RuleKind.FORM,
                coefficient=inside.astype(np.int64) - (opens & ~inside),
                sense=">=",
                limit=0,
                **named,
            )
        else:
            matrix, rhs = _neighbourly(make, opens, block=circle.form == "street_block")
            rule = Rule(kind=RuleKind.FORM, sense="<=", options=matrix, rhs=rhs, **named)
        yield circle, rule


def _around(make: RuleMaker, opens: Mask) -> Mask:
    """Options near the premises that have the most candidate premises around them."""
    from scipy.spatial import KDTree

    sites = np.unique(make.problem.options.site[opens])
    xy = make.sites.xy[sites]
    tree = KDTree(xy)
    many = np.asarray(tree.query_ball_point(xy, NEAR_M / 2, return_length=True))
    near = tree.query_ball_point(xy[int(many.argmax())], NEAR_M / 2)
    inside: Mask = np.isin(make.problem.options.site, sites[np.asarray(near, np.int64)])
    return inside


def _neighbourly(make: RuleMaker, opens: Mask, block: bool) -> tuple[csr_array, NDArray[np.int64]]:
    """A row an option o of the circle at a site s, with S outlets that stand near s:

    street block   (3 - S) x[o] - Σ_{j near s} x[j] <= 0
    dispersed      Σ_{j near s} x[j] + (M - 2 + S) x[o] <= M,   M options near s
    """
    from scipy.spatial import KDTree

    o, xy = make.problem.options, make.sites.xy
    every = np.flatnonzero(make.opens)
    near = KDTree(xy[o.site[every]]).query_ball_point(xy[o.site[opens]], NEAR_M)
    standing = np.zeros(int(opens.sum()), np.int64)
    if len(make.outlet_xy):
        tree = KDTree(make.outlet_xy)
        found = tree.query_ball_point(xy[o.site[opens]], NEAR_M, return_length=True)
        standing = np.asarray(found, np.int64)
    row, column, value, rhs = [], [], [], []
    for k, option in enumerate(np.flatnonzero(opens).tolist()):
        others, stands = every[near[k]], int(standing[k])
        most = len(others)
        own = A_BLOCK - stands if block else most - (A_BLOCK - 1) + stands
        row += [k] * (most + 1)
        column += [*others.tolist(), option]
        value += [*[-1 if block else 1] * most, own]
        rhs.append(0 if block else most)
    shape = (len(rhs), make.problem.n_options)
    matrix = csr_array((np.array(value, np.int64), (row, column)), shape=shape)
    matrix.sum_duplicates()
    matrix.eliminate_zeros()
    return matrix, np.array(rhs, np.int64)
