"""What a certificate's prices on rows and cliques add up to, option by option, without overflow."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array

from siting.notice import Notice
from siting.problem import Problem
from siting.problem.solution import Certificate
from siting.verification.certificate import CertificateError
from siting.verification.people import Ints

ROOM = 2**61
"""Sums of two numbers below this stay in int64."""
_EXACT_FLOAT = 2.0**60


def row_prices(problem: Problem, certificate: Certificate) -> tuple[int, Ints, Ints]:
    """Σ ±θ rhs + Σ cliques θ; the price of each option; of each (site, phase). Object arrays
    where int64 could overflow."""
    constant = 0
    n_openings = problem.n_sites * problem.n_phases
    columns: list[tuple[csr_array, Ints]] = []
    opening_columns: list[tuple[csr_array, Ints]] = []
    for rule, theta in zip(problem.rules, certificate.theta, strict=True):
        if not theta.any():
            continue
        sign = 1 if rule.sense == "<=" else -1
        constant += sign * sum(int(p) * int(b) for p, b in zip(theta, rule.rhs, strict=True) if p)
        signed = sign * theta.astype(np.int64)
        columns.append((rule.options, signed))
        if rule.openings is not None:
            opening_columns.append((rule.openings, signed))
    price = _priced(columns, problem.n_options)
    if certificate.cliques is not None:
        cliques = certificate.cliques
        constant += sum(cliques.theta.tolist())
        row = np.repeat(cliques.theta.astype(np.int64), np.diff(cliques.start))
        times = np.bincount(cliques.option, minlength=problem.n_options).max(initial=0)
        largest = int(cliques.theta.max(initial=0)) * int(times)
        if largest + int(np.abs(price).max(initial=0)) >= ROOM:
            price, row = price.astype(object), row.astype(object)
        np.add.at(price, cliques.option, row)
    return constant, price, _priced(opening_columns, n_openings)


def _priced(columns: list[tuple[csr_array, Ints]], count: int) -> Ints:
    """Σ over the rules of θ a, shape (count,)."""
    estimate = np.zeros(count)
    for matrix, theta in columns:
        np.add.at(
            estimate,
            matrix.indices,
            np.abs(matrix.data.astype(np.float64))
            * np.repeat(np.abs(theta.astype(np.float64)), np.diff(matrix.indptr)),
        )
    dtype = np.int64 if estimate.max(initial=0.0) < _EXACT_FLOAT else object
    price = np.zeros(count, dtype)
    for matrix, theta in columns:
        each = np.repeat(theta, np.diff(matrix.indptr)).astype(dtype)
        np.add.at(price, matrix.indices, each * matrix.data.astype(dtype))
    return price


def whole(problem: Problem, price: Ints, shift: int) -> Ints:
    """A price in 2**shift, rounded down, in int64 with room for a site's sum.

    A price cut down at the top stays valid; one far below zero could only be a forgery.
    """
    crowded = int(np.bincount(problem.options.site, minlength=1).max(initial=1))
    room = 2**60 // max(crowded, 1)
    if price.dtype == object:
        price = np.array([max(-ROOM, min(int(p) >> shift, ROOM)) for p in price], np.int64)
    else:
        price = price >> shift
    if price.min(initial=0) < -room:
        raise CertificateError(Notice("certificate.prices_large"))
    return np.minimum(price, 2**60)
