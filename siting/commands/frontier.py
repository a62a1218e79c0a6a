"""``siting frontier``: coverage against budget, each point with its proven gap."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from siting.commands.arguments import (
    Changes,
    Force,
    Gap,
    Lang,
    Language,
    Method,
    ScenarioPath,
    Seed,
    Threads,
    TimeLimit,
    Variant,
    seconds,
    writable,
)
from siting.commands.interrupting import interruptible
from siting.commands.why_none import print_why
from siting.complete_files import complete_file, write_table
from siting.errors import ArgumentError

if TYPE_CHECKING:
    from siting.analysis.studies.frontier import Frontier

WORDS = {
    "en": {
        "title": "{name}: people gained against money",
        "budget": "budget", "outlets": "outlets", "stops": "stops", "vehicles": "vehicles",
        "columns": ("people gained", "at most possible", "gap", "spent", "outlets", "last step",
                    "nested", "nested gap", "knee"),
        "per": {"budget": "last step = people gained by each further 100,000; nested = plans that "
                          "only grow, their gap to the best plan of any kind",
                "outlets": "last step = people gained by each further outlet; nested = plans that "
                           "only grow, their gap to the best plan of any kind"},
        "main": "knee", "bend": "bend",
        "knee": "{kind} at {x}: up to here each {step} gains {before} people, beyond it {after}",
        "step": {"budget": "100,000", "outlets": "outlet"},
        "no_knee": "No knee: each further step gains about as much as the one before.",
        "infeasible": "no plan: the rules cannot be kept", "no_solution": "no plan found in time",
        "time": "{points} points in {seconds} s",
        "written": "Written to {folder}: frontier.csv, frontier.png, frontier.svg",
        "free": "best plan for each budget", "nested": "plans that only grow",
        "bound": "proven: no plan above", "x": "budget {currency}", "x_outlets": "outlets",
        "y": "people newly covered",
    },
    "zh": {
        "title": "{name}:投入与新增覆盖",
        "budget": "预算", "outlets": "网点数", "stops": "停靠点", "vehicles": "流动车",
        "columns": ("新增覆盖", "至多可达", "间隙", "费用", "网点", "末段增益", "逐步追加",
                    "追加间隙", "拐点"),
        "per": {"budget": "末段增益 = 每再增加 10 万的新增覆盖人次;逐步追加 = 只增不减的方案,"
                          "其间隙对照同预算任意方案的最优",
                "outlets": "末段增益 = 每再增加一个网点的新增覆盖人次;逐步追加 = 只增不减的方案,"
                           "其间隙对照同数量任意方案的最优"},
        "main": "拐点", "bend": "转折",
        "knee": "{kind}在 {x}:此前每{step}新增 {before} 人次,此后 {after} 人次",
        "step": {"budget": " 10 万", "outlets": "个网点"},
        "no_knee": "没有拐点:每一步的增益大致相同。",
        "infeasible": "无可行方案:规则不能同时满足", "no_solution": "时限内未得到方案",
        "time": "{points} 个点,用时 {seconds} 秒",
        "written": "已写入 {folder}:frontier.csv、frontier.png、frontier.svg",
        "free": "各预算的最优方案", "nested": "只增不减的方案",
        "bound": "已证明:任何方案不超过", "x": "预算 {currency}", "x_outlets": "网点数",
        "y": "新增覆盖人次",
    },
}  # fmt: skip


def frontier(
    scenario: ScenarioPath,
    points: Annotated[int, typer.Option(metavar="N", help="Budgets to be solved.")] = 10,
    budgets: Annotated[
        str, typer.Option(metavar="LIST", help="These budgets (or numbers of outlets) instead.")
    ] = "",
    nested: Annotated[bool, typer.Option(help="Also plans that only grow.")] = True,
    method: Method = "auto",
    time_limit: TimeLimit = "300",
    gap: Gap = 0.0,
    seed: Seed = 0,
    threads: Threads = None,
    variant: Variant = None,
    change: Changes = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write table (csv) and plot (png, svg).")
    ] = None,
    force: Force = False,
    lang: Language = Lang.en,
) -> int:
    """Coverage against budget, each point with its proven gap; table and plot."""
    limit = seconds(time_limit)
    limits = _numbers(budgets)
    writable(out, force)
    from siting.analysis.studies.frontier import frontier as trace
    from siting.analysis.study import Study
    from siting.commands.loading import load
    from siting.commands.terminal import ProgressLine

    loaded = load(scenario, variant, change)
    problem = loaded.problem()
    with interruptible() as interrupt:
        with ProgressLine() as listener:
            study = Study(method, limit, gap, seed, threads, listener, interrupt)
            found = trace(problem, limits, points, nested=nested, study=study)
        words: dict[str, Any] = WORDS[lang.value]
        print(words["title"].format(name=loaded.name), "", *lines(found, words), sep="\n")
        if _exit(found) == 3:
            print_why(found.largest, loaded, lang.value, interrupt)
        if out is not None:
            _write(found, out, words, loaded.name, problem.labels.currency)
            print(words["written"].format(folder=out))
    return _exit(found)


def _exit(found: Frontier) -> int:
    if any(p.result.plan is not None for p in found.points):
        return 0
    return 3 if all(p.result.status == "infeasible" for p in found.points) else 4


def _numbers(text: str) -> list[int] | None:
    words = [word.strip().replace("_", "") for word in text.split(",") if word.strip()]
    wrong = [word for word in words if not word.isdigit()]
    if wrong:
        raise ArgumentError(f"--budgets must be whole numbers apart by commas; got {wrong[0]!r}")
    return [int(word) for word in words] or None


def lines(found: Frontier, words: dict[str, Any]) -> list[str]:
    """The table and the knees as text."""
    from siting.analysis.studies.frontier import GAINED
    from siting.texts.numbers import amount, columns, percent

    table = found.table
    mobile = ("stops", "vehicles") if "stops" in table else ()
    head, at = words["columns"], 5
    rows = [[words[found.axis], *head[:at], *(words[name] for name in mobile), *head[at:]]]
    step = 100_000 if found.axis == "budget" else 1
    for point, row in zip(found.points, table.to_dict("records"), strict=True):
        if point.result.plan is None:
            told = words.get(point.result.status, point.result.status)
            rows.append(
                [amount(point.limit), told, amount(point.bound), *["-"] * (7 + len(mobile))]
            )
            continue
        rows.append(
            [amount(point.limit), amount(row["objective"]), amount(point.bound),
             percent(point.gap), amount(row["spent"]), amount(row["outlets"]),
             *(amount(row[name]) for name in mobile), amount(row[GAINED[found.axis]]),
             amount(None if point.nested is None else point.nested.objective),
             percent(point.nested_gap), words.get(row["knee"], "")]
        )  # fmt: skip
    told = [
        words["knee"].format(
            kind=words["main" if knee.strongest else "bend"], x=amount(knee.x),
            step=words["step"][found.axis], before=amount(knee.before * step),
            after=amount(knee.after * step),
        )
        for knee in found.knees
    ]  # fmt: skip
    none = [words["no_knee"]] if any(p.result.plan is not None for p in found.points) else []
    time = words["time"].format(points=len(found.points), seconds=f"{found.seconds:.1f}")
    return [
        *columns(rows, ()), "", words["per"][found.axis], *(told or none), time,
    ]  # fmt: skip


def _write(found: Frontier, out: Path, words: dict[str, Any], name: str, currency: str) -> None:
    from siting.analysis.studies.frontier_plot import plot

    write_table(found.table, out / "frontier.csv")
    told = {key: text for key, text in words.items() if isinstance(text, str)}
    told["title"] = words["title"].format(name=name)
    told["x"] = (
        words["x"].format(currency=currency).strip()
        if found.axis == "budget"
        else words["x_outlets"]
    )
    for ending in ("png", "svg"):
        with complete_file(out / f"frontier.{ending}") as fresh:
            plot(found, fresh, told)
