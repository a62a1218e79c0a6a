"""Whether a certificate's search tree parts all plans, and what each of its leaves is about.

The tree is followed from its root, so nothing need be believed about it: every split has both its
sides by its very form, and each side is a rule that is added to the problem for what lies below.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Literal

import numpy as np
from scipy.sparse import csr_array

from siting.notice import Notice
from siting.problem import Problem, Rule, RuleKind
from siting.problem.solution import Certificate, Split, Tree
from siting.verification.certificate import CertificateError

DEEPEST = 2000
"""Splits on the way to a leaf."""


def leaves(problem: Problem, certificate: Certificate) -> Iterator[tuple[Problem, Certificate]]:
    """Each leaf's part of the problem and its multipliers; every plan is in one of the parts.

    Raises:
        CertificateError: it is no tree, or its leaves prove something else than the certificate.
    """
    tree = certificate.tree
    if tree is None:
        raise CertificateError(Notice("certificate.no_tree"))
    _check(problem, tree)
    for leaf in tree.leaves:
        same = (leaf.tier, leaf.held) == (certificate.tier, certificate.held)
        if leaf.tree is not None or not same:
            raise CertificateError(Notice("certificate.leaf_tier"))
    todo: list[tuple[int, tuple[Rule, ...]]] = [(0 if tree.splits else ~0, ())]
    while todo:
        node, rules = todo.pop()
        if node < 0:
            yield replace(problem, rules=(*problem.rules, *rules)), tree.leaves[~node]
            continue
        split = tree.splits[node]
        row = _row(problem, split)
        todo.append((split.below, (*rules, _side(row, split, "<="))))
        todo.append((split.above, (*rules, _side(row, split, ">="))))


def _check(problem: Problem, tree: Tree) -> None:
    """Every split and leaf but the root is the child of one split, and that comes before it."""
    children = [~0] if not tree.splits else []
    depth = [0] * len(tree.splits)
    for number, split in enumerate(tree.splits):
        options = split.options
        good = isinstance(options, np.ndarray) and np.issubdtype(options.dtype, np.integer)
        if not good or options.ndim != 1:
            raise CertificateError(Notice("certificate.split_positions"))
        inside = all(0 <= option < problem.n_options for option in options.tolist())
        if not inside or any(a >= b for a, b in pairwise(options.tolist())):
            raise CertificateError(Notice("certificate.split_ascending"))
        for child in (split.below, split.above):
            if child >= 0:
                if not number < child < len(tree.splits):
                    raise CertificateError(Notice("certificate.split_after"))
                depth[child] = depth[number] + 1
            children.append(child)
    if max(depth, default=0) > DEEPEST:
        raise CertificateError(Notice("certificate.too_deep", most=DEEPEST))
    expected = sorted([*(~k for k in range(len(tree.leaves))), *range(1, len(tree.splits))])
    if sorted(children) != expected:
        raise CertificateError(Notice("certificate.one_parent"))


def _row(problem: Problem, split: Split) -> csr_array:
    taken = np.zeros((1, problem.n_options), np.int64)
    taken[0, split.options] = 1
    return csr_array(taken)


def _side(row: csr_array, split: Split, sense: Literal["<=", ">="]) -> Rule:
    limit = split.at_most if sense == "<=" else split.at_most + 1
    return Rule("split", RuleKind.SPLIT, sense, row, np.array([limit], np.int64))
