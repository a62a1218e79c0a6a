"""``siting fair``: the plan that lifts the worst-served district, beside the one of the sum."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from siting.commands.arguments import (
    Changes,
    Lang,
    Language,
    ScenarioPath,
    Seed,
    Threads,
    TimeLimit,
    Variant,
    seconds,
)
from siting.commands.interrupting import interruptible
from siting.commands.why_none import print_why
from siting.complete_files import refuse_unwritable, write_table

if TYPE_CHECKING:
    from siting.analysis.studies.fair import Fair

WORDS = {
    "en": {
        "title": "{name}: the worst-served district first",
        "columns": ("district", "today", "best sum", "fair"),
        "sum": "people newly covered", "spent": "spent",
        "worst": "The worst-served district reaches {fair} instead of {best} with the best sum; "
                 "it costs {price} people in all.",
        "ahead": "The worst-served district reaches {fair} instead of {best} with the best sum "
                 "that was found, and {price} people more are covered in all.",
        "proven": "Proven: no plan serves the worst district better, nor then the next.",
        "open": "Not proven to be the fairest; proven: no plan serves the worst district better "
                "than {bound}.",
        "infeasible": "infeasible: no plan keeps every rule",
        "no_solution": "no plan was found before a limit was reached",
        "written": "Fair plan written to {file}",
    },
    "zh": {
        "title": "{name}:先提升最薄弱的片区",
        "columns": ("片区", "现状", "总量最优", "公平"),
        "sum": "新增覆盖人次", "spent": "费用",
        "worst": "最薄弱片区可达 {fair},总量最优时为 {best};总量因此少 {price} 人次。",
        "ahead": "最薄弱片区可达 {fair},所得总量最优方案中为 {best};总量反而多 {price} 人次。",
        "proven": "已证明:没有方案能使最薄弱的片区更好,其次亦然。",
        "open": "未证明为最公平;已证明:没有方案能使最薄弱的片区超过 {bound}。",
        "infeasible": "无可行方案:各项规则不能同时满足",
        "no_solution": "在限制之内未得到方案",
        "written": "公平方案已写入 {file}",
    },
}  # fmt: skip


def fair(
    scenario: ScenarioPath,
    time_limit: TimeLimit = "300",
    seed: Seed = 0,
    threads: Threads = None,
    variant: Variant = None,
    change: Changes = None,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the fair plan as csv (with BOM).")
    ] = None,
    lang: Language = Lang.en,
) -> int:
    """Lift the worst-served district first, then the next; compared with the best sum."""
    limit = seconds(time_limit)
    refuse_unwritable(out)
    from siting.analysis.studies.fair import fair as solve
    from siting.analysis.study import Study
    from siting.commands.loading import load
    from siting.commands.terminal import ProgressLine

    loaded = load(scenario, variant, change)
    problem = loaded.problem()
    with interruptible() as interrupt:
        with ProgressLine() as listener:
            study = Study("auto", limit, 0.0, seed, threads, listener, interrupt)
            both = solve(problem, study)
        found = both.fair
        words: dict[str, Any] = WORDS[lang.value]
        if found.plan is None or both.best.options is None:
            print(words["infeasible" if found.status == "infeasible" else "no_solution"])
            if found.status == "infeasible":
                print_why(problem, loaded, lang.value, interrupt)
            return 3 if found.status == "infeasible" else 4
        print(words["title"].format(name=loaded.name), "", *lines(both, words), sep="\n")
        if out is not None:
            write_table(found.plan.table, out)
            print(words["written"].format(file=out))
    return 0


def lines(both: Fair, words: dict[str, Any]) -> list[str]:
    """Districts from the worst served on, and what fairness costs the sum."""
    from siting.texts.numbers import amount, columns, share

    best, found = both.best, both.fair
    assert best.plan is not None and found.plan is not None
    rows = [list(words["columns"])]
    for row in both.table.to_dict("records"):
        shares = (share(row[name], 1) for name in ("today", "best_sum", "fair"))
        rows.append([row["district"], *shares])
    price = (best.objective or 0.0) - (found.objective or 0.0)
    rows.append([words["sum"], "0", amount(best.objective), amount(found.objective)])
    spent = (best.plan.budget["spent"], found.plan.budget["spent"])
    rows.append([words["spent"], "0", *(amount(money) for money in spent)])
    return [
        *columns(rows), "",
        words["worst" if price >= 0 else "ahead"].format(
            fair=share(min(found.shares.values()), 1),
            best=share(min(both.best_shares.values()), 1), price=amount(abs(price)),
        ),
        words["proven" if found.proven else "open"].format(bound=share(found.worst_bound, 1)),
    ]  # fmt: skip
