"""Parts of a city share no people and no spacing, and every site gets its turn."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array

from siting.engine.cover.partition import Partition
from siting.engine.shared.cover_state import new_cover_state
from siting.engine.shared.instance import pack
from siting.engine.shared.rows import gather_rows
from siting.engine.shared.threads import ThreadPool
from siting.problem import Spacing
from tests.tools.engine_town import town


def test_parts_do_not_meet() -> None:
    """Whatever the direction, people whom two parts' options see both do not exist."""
    problem = town(n_sites=120, seed=4)
    xy = problem.site_xy
    assert xy is not None
    apart = np.linalg.norm(xy[:, None] - xy[None], axis=2)
    near = (apart < 300) & (apart > 0)
    problem = problem.replace(spacings=(Spacing("spacing", (0, 1), csr_array(near)),))
    with ThreadPool(1) as pool:
        instance = pack(problem, problem.value, pool)
    plan = new_cover_state(
        instance,
        gather_rows(instance),
        np.ones((4, instance.n_points), np.float32),
        np.zeros(len(gather_rows(instance))),
    )
    partition, random = Partition(instance), np.random.default_rng(1)
    ever = np.zeros(instance.n_options, np.bool_)
    site = instance.options.site
    for _ in range(60):
        parts = partition.draw(plan, random, 2)
        people, sites = [], []
        for part in parts:
            mine = np.unique(site[part])
            pairs = instance.by_site
            reached = [pairs.index[pairs.segment[s, 0] : pairs.segment[s, -1]] for s in mine]
            people.append(set(np.concatenate(reached).tolist()))
            sites.append(instance.site[mine])
            ever |= part
        assert not (parts[0] & parts[1]).any()
        assert not people[0] & people[1]
        assert not near[np.ix_(sites[0], sites[1])].any()
    assert ever.mean() > 0.9
