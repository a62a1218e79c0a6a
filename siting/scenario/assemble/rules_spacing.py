"""Distances: between outlets, from what stands, from places of a layer."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import csr_array

from siting.problem import About, Key, Rule, RuleKind, Spacing
from siting.problem import rules as rows
from siting.scenario.assemble.rule_maker import Mask, RuleMaker
from siting.scenario.layers.layer import planar_shapes
from siting.scenario.schema.rules import Apart

FEW = 1_000_000
"""Pairs of places whose distances are found sooner than the library for more of them is loaded."""


def spacings(make: RuleMaker) -> tuple[Spacing, ...]:
    """Distances between chosen outlets."""
    made = []
    for rule in make.apart:
        telling = make.named(_base(rule), _about(rule), rule.reason)
        name = telling["name"]
        for format_ in rule.formats:
            make.tell_unused(name, format_)
        used = tuple(make.format[f] for f in rule.formats if f in make.format)
        if len(used) >= min(2, len(rule.formats)):
            near = _near(make, rule.metres)
            made.append(Spacing(formats=used, near=near, **telling))
    return tuple(made)


def _near(make: RuleMaker, metres: float) -> csr_array:
    """Pairs of sites nearer than the distance."""
    xy, n = make.problem.site_xy, make.problem.n_sites
    assert xy is not None
    pairs = _within(xy, metres * (1 + 1e-9))
    gap = np.hypot(*(xy[pairs[:, 0]] - xy[pairs[:, 1]]).T)
    # What stands keeps no distance from what stands; others keep it by ``apart_from_changeable``.
    pairs = pairs[(gap < metres) & (pairs < make.sites.n_premises).all(axis=1)]
    both = np.concatenate([pairs, pairs[:, ::-1]])
    ones = np.ones(len(both), np.bool_)
    return csr_array((ones, (both[:, 0], both[:, 1])), shape=(n, n))


def _within(xy: NDArray[np.float64], metres: float) -> NDArray[np.int64]:
    """Pairs of places at most so far apart, first < second, shape (n, 2)."""
    if len(xy) ** 2 <= FEW:
        near = ((xy[:, np.newaxis] - xy) ** 2).sum(axis=2) <= metres**2
        return np.argwhere(np.triu(near, 1))
    from scipy.spatial import cKDTree

    pairs: NDArray[np.int64] = cKDTree(xy).query_pairs(metres, output_type="ndarray")
    return pairs


def apart_from_existing(make: RuleMaker) -> Iterator[Rule]:
    """Options too near to an outlet that stands for good, or at its site."""
    for rule in make.apart:
        mask = np.zeros(make.problem.n_options, np.bool_)
        for name in rule.formats:
            if name in make.format:
                mask |= make.of_format(name) & _spoilt(make, name, rule)[make.problem.options.site]
        mask &= make.opens
        if mask.any():
            named = make.named(f"{_base(rule)}.existing", _about(rule, "existing"), rule.reason)
            yield rows.forbid(make.problem, mask=mask, **named)


def _base(rule: Apart) -> str:
    return rule.name or f"{Key.APART}.{'+'.join(rule.formats)}"


def _about(rule: Apart, part: str = "") -> About:
    return About(Key.APART, rule.name or "", formats=tuple(rule.formats), part=part)


def _spoilt(make: RuleMaker, name: str, rule: Apart) -> Mask:
    """Sites where an outlet that stands forbids this format, shape (n_sites,)."""
    outlets = make.problem.outlets
    standing = np.flatnonzero(np.isin(outlets.format, _kept_from(make, name, rule)))
    spoilt = np.zeros(make.problem.n_sites, np.bool_)
    if len(standing) == 0:
        return spoilt
    same = outlets.site[standing]
    spoilt[same[same >= 0]] = True
    assert make.problem.site_xy is not None
    return spoilt | (_to_nearest(make.problem.site_xy, make.outlet_xy[standing]) < rule.metres)


def _to_nearest(xy: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.float64]:
    """Metres from each place to the nearest of some others, shape (n,)."""
    if len(xy) * len(others) <= FEW:
        step = xy[:, np.newaxis] - others
        least: NDArray[np.float64] = np.sqrt((step**2).sum(axis=2).min(axis=1))
        return least
    from scipy.spatial import cKDTree

    return np.asarray(cKDTree(others).query(xy)[0], np.float64)


def _kept_from(make: RuleMaker, name: str, rule: Apart) -> list[int]:
    """Formats from which a format of the rule keeps the distance."""
    others = [name] if len(rule.formats) == 1 else [f for f in rule.formats if f != name]
    return [make.format[f] for f in others if f in make.format]


def apart_from_changeable(make: RuleMaker) -> Iterator[Rule]:
    """What opens near an outlet that may move or close, or be upgraded, is there only in phases in
    which that outlet does not stand.

    row (u,s,k):  Σ_{o at s, phase <= k} x[o] + Σ_{o of u, phase <= k <= last} x[o] <= 1, an outlet
    u that is kept or upgraded by its options, a site too near to it, a phase.
    """
    problem, o = make.problem, make.problem.options
    changeable = make.kept | make.upgraded
    for rule in make.apart:
        groups: list[NDArray[np.int64]] = []
        labels: list[str] = []
        for name in rule.formats:
            opens = make.opens & np.isin(o.format, _kept_from(make, name, rule))
            sites = np.unique(o.site[opens])
            for u in np.unique(o.site[make.of_format(name) & changeable]).tolist():
                stands = make.options_at(u)
                for s in _too_near(make, u, rule.metres, sites):
                    here = make.options_at(s)
                    here = here[opens[here]]
                    for k, phase in enumerate(problem.labels.phases):
                        there = np.append(here, stands[o.last[stands] >= k])
                        groups.append(there[o.phase[there] <= k])
                        pair = f"{problem.labels.sites[s]}+{problem.labels.sites[u]}"
                        labels.append(f"{pair} {phase}".strip())
        if groups:
            named = make.named(f"{_base(rule)}.changeable", _about(rule, "changeable"), rule.reason)
            yield rows.at_most_one_each(
                problem, kind=RuleKind.APART, groups=groups, labels=tuple(labels), **named
            )


def _too_near(make: RuleMaker, outlet: int, metres: float, sites: NDArray[np.int32]) -> list[int]:
    """Which of some sites are nearer than the distance to an outlet's own site, or are the premises
    it stands in."""
    gap = np.hypot(*(make.sites.xy[sites] - make.sites.xy[outlet]).T)
    return [int(s) for s in sites[(gap < metres) | (sites == make.sites.home[outlet])]]


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
        mask &= near[make.problem.options.site] & make.opens
        about = About(
            Key.AWAY, rule.name or "", formats=tuple(rule.formats), layer=str(places.name)
        )
        default = f"{about.key}.{'+'.join(rule.formats)}.{places.name}"
        named = make.named(rule.name or default, about, rule.reason)
        if mask.any():
            yield rows.forbid(make.problem, mask=mask, **named)


def nuisances(make: RuleMaker) -> Iterator[Rule]:
    """Options that disturb too near to schools or homes."""
    sites = shapely.points(make.sites.xy)
    for name, nuisance in make.nuisances.items():
        for keep in nuisance.keep:
            layers = make.contents.neighbours.get(keep.from_, ())
            shapes = [shape for places in layers for shape in planar_shapes(places, make.crs)]
            formats = make.disturbing(name)
            if not shapes or not formats:
                continue
            gap = shapely.distance(sites, shapely.geometrycollections(shapes))
            mask = np.isin(make.problem.options.format, [make.format[f] for f in formats])
            mask &= (gap < keep.metres)[make.problem.options.site] & make.opens
            about = About(Key.NUISANCE, formats=tuple(formats), layer=keep.from_, part=name)
            named = make.named(f"{about.key}.{name}.{keep.from_}", about)
            if mask.any():
                yield rows.forbid(make.problem, mask=mask, **named)
