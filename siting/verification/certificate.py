"""Whether a certificate is one: shapes, types, signs, and cliques that really conflict.

A certificate may come from a file that somebody edited. Multipliers cannot lie - any non-negative
prices give a valid bound - so this is all there is to check.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.sparse import csr_array

from siting.errors import ArgumentError
from siting.kernels import njit
from siting.notice import Notice
from siting.problem import TIERS, Objective, Problem
from siting.problem.solution import Certificate, Cliques
from siting.verification.objectives import KNOWN
from siting.verification.people import SAFE, Ints

MOST_PAIRS = 500_000_000
"""Pairs of options in cliques, one byte each while they are checked."""


class CertificateError(ArgumentError):
    """A certificate that proves nothing."""


def check(problem: Problem, certificate: Certificate, spec: Objective) -> None:
    """Raise CertificateError unless the certificate is well formed for this problem."""
    if not KNOWN[spec.model].certified:
        able = [model for model, known in KNOWN.items() if known.certified]
        raise CertificateError(Notice("certificate.model", able=able, model=spec.model))
    shaped = isinstance(certificate.theta, tuple) and isinstance(certificate.phi, tuple)
    _wants(shaped, Notice("certificate.tuples"))
    u = certificate.u
    _wants(isinstance(u, np.ndarray) and u.dtype == np.uint16, Notice("certificate.u_kind"))
    shape = (problem.n_points, problem.n_targets)
    _wants(u.shape == shape, _misshapen("u", shape, u.shape))
    scale = certificate.theta_scale
    _wants(
        _whole(scale) and scale >= 1 and int(scale) & (int(scale) - 1) == 0,
        Notice("certificate.scale", given=repr(scale)),
    )
    _wants(
        len(certificate.theta) == len(problem.rules),
        Notice("certificate.theta", wanted=len(problem.rules), given=len(certificate.theta)),
    )
    for rule, theta in zip(problem.rules, certificate.theta, strict=True):
        _prices(theta, rule.n_rows, f"theta of rule {rule.name}")
    if certificate.phi:
        _wants(
            len(certificate.phi) == len(problem.min_coverage),
            Notice("certificate.phi", wanted=len(problem.min_coverage), given=len(certificate.phi)),
        )
        for demand, phi in zip(problem.min_coverage, certificate.phi, strict=True):
            rows = 1 if demand.districts is None else len(demand.districts)
            _prices(phi, rows, f"phi of rule {demand.name}")
    if certificate.cliques is not None:
        _cliques(problem, certificate.cliques)
    _tiers(certificate, spec)


def _tiers(certificate: Certificate, spec: Objective) -> None:
    _wants(
        certificate.tier is None or certificate.tier in TIERS,
        Notice("certificate.tier", tiers=TIERS, given=repr(certificate.tier)),
    )
    price = certificate.held_price
    _wants(_whole(price) and price >= 0, Notice("certificate.held_price", given=repr(price)))
    if certificate.held is not None:
        held = Notice("certificate.held", given=repr(certificate.held))
        _wants(_whole(certificate.held), held)
        later = certificate.tier is not None and certificate.tier != TIERS[0]
        _wants(later and spec.order == "tiers", Notice("certificate.held_goes"))
    else:
        _wants(price == 0, Notice("certificate.price_without_held"))
    if KNOWN[spec.model].counts == "circles":
        only = Notice("certificate.basic_only", model=spec.model)
        _wants(certificate.tier in (None, TIERS[0]), only)


def _wants(condition: bool, told: Notice) -> None:
    if not condition:
        raise CertificateError(told)


def _misshapen(name: str, wanted: object, given: object) -> Notice:
    return Notice("certificate.shape", name=name, wanted=str(wanted), given=str(given))


def _whole(value: Any) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


def _prices(values: Any, count: int, name: str) -> None:
    good = isinstance(values, np.ndarray) and np.issubdtype(values.dtype, np.integer)
    _wants(good, Notice("certificate.integers", name=name))
    _wants(values.shape == (count,), _misshapen(name, (count,), values.shape))
    _wants(not (values < 0).any(), Notice("certificate.not_negative", name=name))
    _wants(int(values.max(initial=0)) <= SAFE, Notice("certificate.at_most", name=name))


def _cliques(problem: Problem, cliques: Cliques) -> None:
    """Any two options of a clique conflict by a spacing, or are one site's one format."""
    start, option = cliques.start, cliques.option
    for values, name in ((start, "cliques.start"), (option, "cliques.option")):
        good = isinstance(values, np.ndarray) and np.issubdtype(values.dtype, np.integer)
        _wants(good and values.ndim == 1, Notice("certificate.integers", name=name))
    rows = len(start) >= 1 and start[0] == 0 and start[-1] == len(option)
    # Compared, not subtracted: differences of unsigned numbers are never negative.
    _wants(bool(rows and (start[1:] >= start[:-1]).all()), Notice("certificate.pointers"))
    _prices(cliques.theta, len(start) - 1, "cliques.theta")
    if not len(option):
        return
    _wants(
        bool(option.min() >= 0 and option.max() < problem.n_options),
        Notice("certificate.clique_range", last=problem.n_options - 1),
    )
    # A pair is explained once any spacing (or the one-outlet rule) explains it.
    _wants(_n_pairs(start) <= MOST_PAIRS, Notice("certificate.clique_pairs", most=MOST_PAIRS))
    explained = np.zeros(_n_pairs(start), bool)
    o = problem.options
    wide = start.astype(np.int64), option.astype(np.int64), o.site.astype(np.int64)
    format_ = o.format.astype(np.int64)
    none = csr_array((problem.n_sites, problem.n_sites), dtype=bool)
    _explain(*wide, format_, _near(none), np.zeros(problem.n_formats, bool), 0, explained)
    for spacing in problem.spacings:
        listed = np.zeros(problem.n_formats, bool)
        listed[list(spacing.formats)] = True
        kind = 1 if len(spacing.formats) == 1 else 2
        _explain(*wide, format_, _near(spacing.near), listed, kind, explained)
    _wants(bool(explained.all()), Notice("certificate.conflicts"))


def _n_pairs(start: Ints) -> int:
    sizes = start[1:].astype(np.int64) - start[:-1].astype(np.int64)
    return int((sizes * (sizes - 1) // 2).sum())


def _near(near: csr_array) -> tuple[Ints, Ints]:
    """Row pointers and ascending neighbours of each site, entries that are False left out."""
    clean = csr_array(near, copy=True)
    clean.eliminate_zeros()
    clean.sort_indices()
    return clean.indptr.astype(np.int64), clean.indices.astype(np.int64)


@njit(cache=True)
def _explain(start, option, site, format_, near, listed, kind, explained):  # type: ignore[no-untyped-def]
    """Mark pairs in conflict. kind: 0 one format a site, 1 own format's spacing, 2 several's."""
    indptr, indices = near
    at = 0
    for row in range(len(start) - 1):
        for i in range(start[row], start[row + 1]):
            a = option[i]
            for j in range(start[row], i):
                b = option[j]
                if a == b:
                    at += 1
                    continue
                same_site = site[a] == site[b]
                same_format = format_[a] == format_[b]
                if kind == 0:
                    if same_site and same_format:
                        explained[at] = True
                elif (
                    not explained[at]
                    and listed[format_[a]]
                    and listed[format_[b]]
                    and same_format == (kind == 1)
                ):
                    low, high = indptr[site[a]], indptr[site[a] + 1]
                    while low < high:
                        middle = (low + high) >> 1
                        if indices[middle] < site[b]:
                            low = middle + 1
                        else:
                            high = middle
                    near_by = low < indptr[site[a] + 1] and indices[low] == site[b]
                    if same_site or near_by:
                        explained[at] = True
                at += 1
