"""Numbers of outlets, required and forbidden sites, formats that need company."""

from __future__ import annotations

from collections.abc import Iterator

from siting.problem import About, Action, Key, Rule, RuleKind
from siting.problem import rules as rows
from siting.scenario.assemble.options import ADD_ON
from siting.scenario.assemble.rule_maker import Mask, Named, RuleMaker
from siting.scenario.schema.rules import MaxOutlets, SiteRule


def counts(make: RuleMaker) -> Iterator[Rule]:
    """Limits on chosen outlets; what stands is not counted."""
    p = make.settings.objective.p
    if p is not None:
        make.names.add(Key.P)
        yield rows.at_most(make.problem, p)
    limits = make.settings.rules.max_outlets
    if limits is not None:
        yield from _max_outlets(make, limits)
    most = make.settings.rules.max_formats_per_site
    if most is not None:
        about = About(Key.MAX_FORMATS_PER_SITE, most.name or "")
        named = make.named(most.name or about.key, about, most.reason)
        yield rows.max_formats_per_site(make.problem, most.limit, make.opens, **named)


def _max_outlets(make: RuleMaker, limits: MaxOutlets) -> Iterator[Rule]:
    own = limits.name or ""
    base = own or "max_outlets"
    parts: list[tuple[str, About, int, Mask]] = []
    if limits.total is not None:
        parts.append((own or Key.MAX_OUTLETS, About(Key.MAX_OUTLETS, own), limits.total, make.new))
    for k, v in limits.per_tier.items():
        about = About(Key.TIER_OUTLETS, own, tier=k)
        parts.append((f"{base}.per_tier.{k}", about, v, make.of_tier(k)))
    for f, v in limits.per_format.items():
        make.tell_unused(f"{base}.per_format.{f}", f)
        about = About(Key.FORMAT_OUTLETS, own, formats=(f,))
        parts.append((f"{base}.per_format.{f}", about, v, make.of_format(f)))
    for d, v in limits.per_district.items():
        about = About(Key.DISTRICT_OUTLETS, own, district=d)
        parts.append((f"{base}.per_district.{d}", about, v, make.of_district(d)))
    for name, about, limit, mask in parts:
        named = make.named(name, about, limits.reason)
        yield rows.count(make.problem, limit=limit, mask=mask & make.new, **named)


def sites(make: RuleMaker) -> Iterator[Rule]:
    """What must and what must not open."""
    for rule in make.settings.rules.require:
        leaves = make.kept & ~make.stays
        named = _named(make, Key.REQUIRE, rule)
        yield rows.require(make.problem, mask=_at(make, rule) & ~leaves, **named)
    for rule in make.settings.rules.forbid:
        named = _named(make, Key.FORBID, rule)
        if rule.format is not None:
            make.tell_unused(named["name"], rule.format)
        # What stands may stay: keeping opens nothing.
        mask = _at(make, rule) & ~make.kept
        yield rows.forbid(make.problem, mask=mask, **named)


def left_out(make: RuleMaker) -> Iterator[Rule]:
    """Formats that a circle does without open at none of its premises and stops."""
    for circle in make.settings.circles:
        for name, own in circle.change.items():
            if own.use:
                continue
            mask = make.of_format(name) & make.of_district(circle.district)
            mask &= make.opens | make.problem.acting(Action.STOP)
            about = About(Key.LEFT_OUT, formats=(name,), district=circle.district)
            named = make.named(f"{about.key}.{name}.{circle.district}", about, own.reason)
            if mask.any():
                yield rows.forbid(make.problem, mask=mask, **named)


def _named(make: RuleMaker, key: Key, rule: SiteRule) -> Named:
    formats = () if rule.format is None else (rule.format,)
    default = ".".join([key, rule.site, *formats])
    about = About(key, rule.name or "", site=rule.site, formats=formats)
    return make.named(rule.name or default, about, rule.reason)


def _at(make: RuleMaker, rule: SiteRule) -> Mask:
    mask: Mask = make.problem.options.site == make.site[rule.site]
    return mask if rule.format is None else mask & make.of_format(rule.format)


def together(make: RuleMaker) -> Iterator[Rule]:
    """Guests that open only where their host does."""
    # What stands and is kept or improved opens nowhere; a stop is no premises for a companion.
    for rule in make.settings.rules.together:
        guest, host = rule.formats
        about = About(Key.TOGETHER, rule.name or "", formats=(guest, host))
        named = make.named(rule.name or f"{about.key}.{guest}+{host}", about, rule.reason)
        yield rows.together(
            make.problem,
            guest=make.format[guest],
            host=make.format[host],
            among=make.opens,
            at=make.premises,
            **named,
        )


def add_ons(make: RuleMaker) -> Iterator[Rule]:
    """A counter opens only in the shop of a host, new or standing."""
    o, labels = make.problem.options, make.problem.labels
    for f, name in enumerate(labels.formats):
        counter = make.formats[name].add_on
        if counter is None:
            continue
        guests = (o.format == f) & (o.size == labels.sizes.index(ADD_ON)) & make.new
        hosts = [make.format[host] for host in counter.hosts if host in make.format]
        named = make.named(f"{Key.ADD_ON}.{name}", About(Key.ADD_ON, formats=(name,)))
        yield rows.companion(
            make.problem,
            kind=RuleKind.ADD_ON,
            guests=guests,
            hosts=hosts,
            at=make.premises,
            **named,
        )
