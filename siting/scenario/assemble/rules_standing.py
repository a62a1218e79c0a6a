"""What stands and may change: kept, enlarged, moved once or closed, and the floor it takes.

An outlet u that may move or close is kept by one of its options, K[u,last]: for good, or through a
phase after which it moves or closes. M[u,s,k] moves it to the premises s in phase k.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from siting.notice import Notice
from siting.problem import UNLIMITED, About, Action, Key, Rule, RuleKind
from siting.problem import rules as rows
from siting.scenario.assemble.rule_maker import Mask, Named, RuleMaker


def unsettled(make: RuleMaker) -> Iterator[Rule]:
    """An outlet stands until it moves or closes; one that may not close is kept or moved.

    once.u, stays.u:  Σ_last K[u,last] + Σ_s M[u,s,0] <= 1 and >= 1
                      Σ_s M[u,s,k] - K[u,k-1] <= 0 and >= 0, a phase k >= 1
    enlarged.u:       Σ_k x[enlarge u in k] - K[u,for good] <= 0
    """
    o, outlets, problem = make.problem.options, make.contents.outlets, make.problem

    def told(key: Key) -> Named:
        return make.named(f"{key}.{name}", About(key, outlet=name))

    for row in sorted(outlets.unsettled):
        if outlets.format[row] not in make.format:
            continue
        name, own = str(outlets.places.ids[row]), make.options_at(make.sites.of_outlet[row])
        own = own[make.kept[own]]
        whose = make.sites.of_outlet[row] - make.sites.n_premises
        moves = np.flatnonzero(problem.acting(Action.MOVE) & (o.outlet == whose))
        stands = np.zeros((problem.n_phases, problem.n_options), np.int64)
        stands[0, own] = 1
        for k in range(1, problem.n_phases):
            stands[k, own[o.last[own] == k - 1]] = -1
        stands[o.phase[moves], moves] = 1
        one = np.append(1, np.zeros(problem.n_phases - 1, np.int64))
        if len(moves):
            yield Rule(
                kind=RuleKind.ONCE,
                sense="<=",
                options=csr_array(stands),
                rhs=one,
                labels=problem.labels.phases,
                **told(Key.ONCE),
            )
        if row not in outlets.may_close:
            yield Rule(
                kind=RuleKind.STAYS,
                sense=">=",
                options=csr_array(stands),
                rhs=one,
                labels=problem.labels.phases,
                **told(Key.STAYS),
            )
        if row in make.sites.enlarged:
            wider = np.zeros(problem.n_options, np.int64)
            wider[make.options_at(make.sites.enlarged[row])] = 1
            wider[own[make.stays[own]]] = -1
            yield rows.weighted(
                problem,
                kind=RuleKind.ONCE,
                coefficient=wider,
                sense="<=",
                limit=0,
                **told(Key.ENLARGED),
            )


def standing_floor(make: RuleMaker) -> Iterator[Rule]:
    """What opens at premises has the floor that is not taken by what stands there by then.

    row k:  Σ_{o at s, phase <= k} a[o] x[o] + Σ_{u at s, last >= k} a[u] K[u,last] <= A[s], a phase
    """
    problem, o = make.problem, make.problem.options
    kept = make.kept & (o.area > 0) & (make.premises >= 0)
    for s in np.unique(make.premises[kept]).tolist():
        limit = int(problem.site_area[s])
        if limit == UNLIMITED:
            continue
        here = make.options_at(s)
        stands = np.flatnonzero(kept & (make.premises == s))
        today = int(o.area[stands[make.stays[stands]]].sum())
        site = str(problem.labels.sites[s])
        named = make.named(f"{Key.FLOOR}.{site}", About(Key.FLOOR, site=site))
        if today > limit:
            make.warnings.append(
                Notice("rules.floor_taken", rule=named["name"], taken=today, limit=limit)
            )
        taken = [_taken(make, here, stands, k) for k in range(problem.n_phases)]
        yield Rule(
            kind=RuleKind.FLOOR,
            sense="<=",
            options=csr_array(np.array(taken)),
            rhs=np.full(problem.n_phases, max(limit, today)),
            labels=problem.labels.phases,
            unit="m2",
            **named,
        )


def _taken(
    make: RuleMaker, here: NDArray[np.int64], stands: NDArray[np.int64], k: int
) -> NDArray[np.int64]:
    """Floor that each option takes in a phase, shape (n_options,)."""
    o = make.problem.options
    there: Mask = np.zeros(len(o), np.bool_)
    there[here] = o.phase[here] <= k
    there[stands] = o.last[stands] >= k
    area: NDArray[np.int64] = np.where(there, o.area, 0)
    return area
