"""Numbers of outlets, required and forbidden sites, formats that need company."""

from __future__ import annotations

from collections.abc import Iterator

from siting.problem import Rule
from siting.problem import rules as rows
from siting.scenario.assemble.options import ADD_ON
from siting.scenario.assemble.rule_maker import Mask, RuleMaker
from siting.scenario.schema.rules import MaxOutlets, SiteRule


def counts(make: RuleMaker) -> Iterator[Rule]:
    """Limits on chosen outlets; what stands is not counted."""
    p = make.settings.objective.p
    if p is not None:
        make.names.add("p")
        yield rows.count(make.problem, "p", p, None if make.new.all() else make.new)
    limits = make.settings.rules.max_outlets
    if limits is not None:
        yield from _max_outlets(make, limits)
    most = make.settings.rules.max_formats_per_site
    if most is not None:
        name = make.name(most.name, "max_formats_per_site")
        reason = most.reason or ""
        yield rows.max_formats_per_site(
            make.problem, most.limit, make.opens, name=name, reason=reason
        )


def _max_outlets(make: RuleMaker, limits: MaxOutlets) -> Iterator[Rule]:
    base = limits.name or "max_outlets"
    parts: list[tuple[str, int, Mask | None]] = []
    if limits.total is not None:
        parts.append((limits.name or "max_outlets.total", limits.total, None))
    parts += [(f"{base}.per_tier.{k}", v, make.of_tier(k)) for k, v in limits.per_tier.items()]
    for k, v in limits.per_format.items():
        make.tell_unused(f"{base}.per_format.{k}", k)
        parts.append((f"{base}.per_format.{k}", v, make.of_format(k)))
    parts += [(f"{base}.per_district.{k}", v, make.of_district(k))
              for k, v in limits.per_district.items()]  # fmt: skip
    for name, limit, mask in parts:
        reason = limits.reason or ""
        opened = make.new if mask is None else mask & make.new
        yield rows.count(make.problem, make.name(None, name), limit, opened, reason=reason)


def sites(make: RuleMaker) -> Iterator[Rule]:
    """What must and what must not open."""
    for rule in make.settings.rules.require:
        name = make.name(rule.name, f"require.{_spot(rule)}")
        leaves = make.kept & ~make.stays
        yield rows.require(make.problem, name, _at(make, rule) & ~leaves, reason=rule.reason or "")
    for rule in make.settings.rules.forbid:
        name = make.name(rule.name, f"forbid.{_spot(rule)}")
        if rule.format is not None:
            make.tell_unused(name, rule.format)
        # What stands may stay: keeping opens nothing.
        mask = _at(make, rule) & ~make.kept
        yield rows.forbid(make.problem, name, mask, reason=rule.reason or "")


def _spot(rule: SiteRule) -> str:
    return rule.site if rule.format is None else f"{rule.site}.{rule.format}"


def _at(make: RuleMaker, rule: SiteRule) -> Mask:
    mask: Mask = make.problem.options.site == make.site[rule.site]
    return mask if rule.format is None else mask & make.of_format(rule.format)


def together(make: RuleMaker) -> Iterator[Rule]:
    """Guests that open only where their host does."""
    # What stands and is kept or improved opens nowhere; a stop is no premises for a companion.
    for rule in make.settings.rules.together:
        guest, host = rule.formats
        name = make.name(rule.name, f"together.{guest}+{host}")
        yield rows.together(
            make.problem, name, make.format[guest], make.format[host], among=make.opens,
            at=make.premises, reason=rule.reason or "",
        )  # fmt: skip


def add_ons(make: RuleMaker) -> Iterator[Rule]:
    """A counter opens only in the shop of a host, new or standing."""
    o, labels = make.problem.options, make.problem.labels
    for f, name in enumerate(labels.formats):
        counter = make.formats[name].add_on
        if counter is None:
            continue
        guests = (o.format == f) & (o.size == labels.sizes.index(ADD_ON)) & make.new
        hosts = [make.format[host] for host in counter.hosts if host in make.format]
        rule = make.name(None, f"add_on.{name}")
        yield rows.companion(make.problem, rule, "add_on", guests, hosts, at=make.premises)
