"""Distances: between outlets, from what stands, from places of a layer."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import shapely
from scipy.sparse import csr_array
from scipy.spatial import cKDTree

from siting import rules as rows
from siting.problem import Rule, Spacing
from siting.scenario.layers import planar_shapes
from siting.scenario.rule_maker import Mask, RuleMaker
from siting.scenario.schema_rules import Apart


def spacings(make: RuleMaker) -> tuple[Spacing, ...]:
    """Distances between chosen outlets."""
    made = []
    for rule in make.settings.rules.apart:
        name = make.name(rule.name, f"apart.{'+'.join(rule.formats)}")
        for format_ in rule.formats:
            make.tell_unused(name, format_)
        used = tuple(make.format[f] for f in rule.formats if f in make.format)
        if len(used) >= min(2, len(rule.formats)):
            near = _near(make, rule.metres)
            made.append(Spacing(name, used, near, rule.reason or ""))
    return tuple(made)


def _near(make: RuleMaker, metres: float) -> csr_array:
    """Pairs of sites nearer than the distance."""
    xy, n = make.problem.site_xy, make.problem.n_sites
    assert xy is not None
    pairs = cKDTree(xy).query_pairs(metres * (1 + 1e-9), output_type="ndarray")
    gap = np.hypot(*(xy[pairs[:, 0]] - xy[pairs[:, 1]]).T)
    # What stands where it stands keeps no distance by being enlarged.
    pairs = pairs[(gap < metres) & (pairs < make.sites.n_premises).all(axis=1)]
    both = np.concatenate([pairs, pairs[:, ::-1]])
    ones = np.ones(len(both), np.bool_)
    return csr_array((ones, (both[:, 0], both[:, 1])), shape=(n, n))


def apart_from_existing(make: RuleMaker) -> Iterator[Rule]:
    """Options too near to an outlet that stands, or at its site."""
    for rule in make.settings.rules.apart:
        mask = np.zeros(make.problem.n_options, np.bool_)
        for name in rule.formats:
            if name in make.format:
                mask |= make.of_format(name) & _spoilt(make, name, rule)[make.problem.options.site]
        mask &= make.new
        if mask.any():
            base = rule.name or f"apart.{'+'.join(rule.formats)}"
            name = make.name(None, f"{base}.existing")
            yield rows.forbid(make.problem, name, mask, reason=rule.reason or "")


def _spoilt(make: RuleMaker, name: str, rule: Apart) -> Mask:
    """Sites where an outlet that stands forbids this format, shape (n_sites,)."""
    others = [name] if len(rule.formats) == 1 else [f for f in rule.formats if f != name]
    positions = [make.format[f] for f in others if f in make.format]
    outlets = make.problem.outlets
    standing = np.flatnonzero(np.isin(outlets.format, positions))
    spoilt = np.zeros(make.problem.n_sites, np.bool_)
    if len(standing) == 0:
        return spoilt
    same = outlets.site[standing]
    spoilt[same[same >= 0]] = True
    assert make.problem.site_xy is not None
    gap, _ = cKDTree(make.outlet_xy[standing]).query(make.problem.site_xy)
    return spoilt | (gap < rule.metres)


def away(make: RuleMaker) -> Iterator[Rule]:
    """Options too near to a place of the rule's layer."""
    for rule, places in zip(make.settings.rules.away, make.contents.away, strict=True):
        shapes = planar_shapes(places, make.crs)
        near = np.zeros(make.problem.n_sites, np.bool_)
        if len(shapes):
            sites = shapely.points(make.sites.xy)
            found, gap = shapely.STRtree(shapes).query_nearest(
                sites, return_distance=True, all_matches=False
            )
            near[found[0]] = gap < rule.metres
        mask = np.zeros(make.problem.n_options, np.bool_)
        for name in rule.formats:
            mask |= make.of_format(name)
        mask &= near[make.problem.options.site] & make.new
        base = make.name(rule.name, f"away.{'+'.join(rule.formats)}.{places.name}")
        if mask.any():
            yield rows.forbid(make.problem, base, mask, reason=rule.reason or "")
