"""What is counted of people, once for all outputs: one quantity, one name, one number.

reached      persons of a group within a format's standard, before and after (``coverage``)
gained       after less before: what a format's row says everywhere
services     people x services: reached, summed over formats and groups; a person counts once
             for each format
newly served people at the outlets of a plan's list, each at the nearest; it adds up over rows,
             and is more than what is gained where outlets stand in for other formats, or where
             one that may close or move keeps its people
objective    newly served, by weights and years

"""

from __future__ import annotations

from collections.abc import Mapping

from siting.verification.evaluation import Coverage, Reached


def gained(groups: Mapping[str, Reached]) -> float:
    """Persons of a format's groups in reach after less those before."""
    return sum(people.after - people.before for people in groups.values())


def services(coverage: Coverage) -> tuple[float, float]:
    """People x services before and after."""
    told = [people for groups in coverage.values() for people in groups.values()]
    return sum(p.before for p in told), sum(p.after for p in told)
