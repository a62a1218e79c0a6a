"""``siting sweep``: many scenarios and variants, on one machine or on Dask, resumable."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from threading import Event, Lock
from typing import TYPE_CHECKING, Annotated, Any

import typer

from siting.commands.arguments import (
    AsJson,
    Changes,
    Form,
    Gap,
    Lang,
    Language,
    Method,
    ProgressForm,
    Reproducible,
    Seed,
    seconds,
)
from siting.commands.interrupting import interruptible
from siting.complete_files import claimed, complete_file, make_folder, write_table
from siting.errors import ArgumentError
from siting.notice import Notice
from siting.texts.words import Words

if TYPE_CHECKING:
    from siting.executors.executor import Executor
    from siting.sweep.ledger import Entry
    from siting.sweep.programme import Shared
    from siting.sweep.task import Task
    from siting.sweep.workers import Workers


def sweep(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...")],
    out: Annotated[Path, typer.Option("--out", metavar="DIR")],
    workers: Annotated[int | None, typer.Option(metavar="N")] = None,
    dask: Annotated[str | None, typer.Option(metavar="ADDRESS")] = None,
    variants: Annotated[str, typer.Option(metavar="all|LIST")] = "",
    change: Changes = None,
    share_budget: Annotated[int | None, typer.Option(metavar="N")] = None,
    least: Annotated[list[str] | None, typer.Option(metavar="[NAME=]N")] = None,
    most: Annotated[list[str] | None, typer.Option(metavar="[NAME=]N")] = None,
    method: Method = "auto",
    model: Annotated[str | None, typer.Option(help="Instead of the scenarios' model.")] = None,
    time_limit: Annotated[str, typer.Option(metavar="S")] = "300",
    gap: Gap = 0.0,
    seed: Seed = 0,
    threads: Annotated[int, typer.Option(metavar="N")] = 1,
    memory_limit: Annotated[float | None, typer.Option(metavar="GB")] = None,
    retry_failed: Annotated[bool, typer.Option("--retry-failed")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run")] = False,
    reproducible: Reproducible = False,
    progress: ProgressForm = Form.text,
    as_json: AsJson = False,
    lang: Language = Lang.en,
) -> int:
    """Solve many scenarios; run again, it does what is left. Writes sweep.csv and sweep.html."""
    limit = seconds(time_limit)
    for name, value in (("--workers", workers), ("--threads", threads)):
        if value is not None and value < 1:
            raise ArgumentError(Notice("fault.at_least_one", option=name, value=value))
    from siting.commands.loading import scenario_file
    from siting.sweep.executors import tasks_at_once
    from siting.sweep.ledger import Ledger
    from siting.sweep.table import exit_code, table
    from siting.sweep.task import Settings, scenario_files, tasks_of
    from siting.sweep.workers import Workers

    settings = Settings(method, model, limit, gap, seed, threads, memory_limit, reproducible)
    given = [file if (file := scenario_file(path)).is_file() else path for path in paths]
    files = scenario_files(given)
    at_once = workers or tasks_at_once(threads)
    with Workers() as hands:
        if dask is None and not dry_run and memory_limit is None and Ledger.has_work(out):
            hands.prepare(min(at_once, len(files)))
        from siting.solving.auto import check_method

        check_method(method)
        tasks = tasks_of(files, variants, change or (), settings)
        make_folder(out)
        told = _Told(lang.value, progress is Form.json, len(tasks))
        with claimed(out), interruptible() as interrupt:
            ledger = Ledger(out)
            if dry_run:
                entries = ledger.entries(tasks)
            else:
                run = _Runner(ledger, told, interrupt, hands, at_once, dask, retry_failed)
                shared = None
                if share_budget is None:
                    entries = run(tasks)
                else:
                    shared = _shared(tasks, ledger, run, share_budget, least or (), most or ())
                    tasks, entries = list(shared.tasks), list(shared.entries)
                _write(tasks, entries, out, lang, shared)
                if shared is not None and not interrupt.is_set():
                    from siting.sweep import papers

                    papers.write(shared, ledger, lang.value)
            frame = table(tasks, entries)
            if as_json:
                from siting.commands.terminal import print_json

                print_json(frame.astype(object).where(frame.notna(), None).to_dict("records"))
            elif progress is Form.json:
                told.json({"stage": "done", "tasks": len(tasks), "result": str(out)})
            else:
                print(*_lines(tasks, entries, lang), sep="\n")
                if not dry_run and shared is not None:
                    print(_programme(shared, lang))
    if dry_run:
        return 0
    if shared is not None and shared.programme is None and not interrupt.is_set():
        return 4
    every = entries if shared is None else [entry for _, entry in shared.every]
    # A solve that failed on the way may have cost the shared plan something.
    return 5 if any(entry.state == "failed" for entry in every) else exit_code(entries)


class _Runner:
    """Does tasks on the executor that was asked for."""

    def __init__(
        self,
        ledger: Any,
        told: _Told,
        interrupt: Event,
        hands: Workers,
        at_once: int,
        dask: str | None,
        retry_failed: bool,
    ):
        self.ledger, self.told, self.interrupt = ledger, told, interrupt
        self.hands, self.at_once = hands, at_once
        self.dask, self.retry_failed = dask, retry_failed

    def __call__(self, tasks: Sequence[Task]) -> list[Entry]:
        from siting.sweep.executors import on_cluster, on_this_machine
        from siting.sweep.scheduler import sweep as do

        executor: Executor[Task]
        out = self.ledger.out
        entries = self.ledger.entries(tasks)
        if self.dask is not None:
            executor = on_cluster(self.dask, out, tasks, self.told.news)
        else:
            known = max((entry.peak_bytes for entry in entries), default=0)
            executor = on_this_machine(self.hands, out, self.at_once, self.told.news, known)
        self.told.expect(tasks)
        with executor, self.told:
            return do(
                tasks,
                entries,
                self.ledger,
                executor,
                self.told.entry,
                self.interrupt,
                retry_failed=self.retry_failed,
            )


class _Told:
    """What is told while the sweep runs: a table on a terminal, lines elsewhere, or JSON."""

    def __init__(self, lang: str, as_json: bool, total: int):
        from siting.commands.terminal import JsonLines

        self.words = Words.of(lang, "sweep")
        self.total = total
        self._expected: set[str] = set()
        self._json = JsonLines() if as_json else None
        self._entries: dict[str, tuple[Task, Entry]] = {}
        self._news: dict[str, Mapping[str, Any]] = {}
        self._lock = Lock()
        self._live: Any = None

    def __enter__(self) -> _Told:
        if self._json is None and sys.stderr.isatty():
            from rich.console import Console
            from rich.live import Live

            console = Console(file=getattr(sys.stderr, "plain", sys.stderr))
            self._live = Live("", console=console, refresh_per_second=4, transient=True)
            self._live.start()
        return self

    def __exit__(self, *error: object) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None

    def expect(self, tasks: Sequence[Task]) -> None:
        """These are to be done, besides those that were."""
        self._expected |= {task.key for task in tasks}
        self.total = len(self._expected)

    def json(self, event: Mapping[str, Any]) -> None:
        """A line of JSON, where that was asked for."""
        if self._json is not None:
            with self._lock:
                self._json.write(event)

    def news(self, task: Task, event: Mapping[str, Any]) -> None:
        """A running task's own news."""
        self._news[task.key] = event
        self.json({**_named(task), **{k: v for k, v in event.items() if k != "seq"}})
        self._draw()

    def entry(self, task: Task, entry: Entry) -> None:
        """What was noted of a task."""
        self._entries[task.key] = (task, entry)
        figures = ("state", "status", "objective", "bound", "gap", "reason", "seconds")
        self.json({**_named(task), "stage": "task", **{k: getattr(entry, k) for k in figures}})
        if self._json is None and self._live is None and entry.state != "waiting":
            print(self._line(task, entry), file=sys.stderr, flush=True)
        self._draw()

    def _line(self, task: Task, entry: Entry) -> str:
        from siting.sweep.ledger import why
        from siting.texts.numbers import percent, whole

        state = self.words[f"state.{entry.state}"]
        parts = [f"{self._done()}/{self.total}", task.label, state]
        if entry.objective is not None:
            parts += [whole(entry.objective), percent(entry.gap)]
        if entry.reason:
            parts.append(why(entry, self.words.lang))
        return "  ".join(parts)

    def _done(self) -> int:
        return sum(entry.state in ("done", "failed") for _, entry in self._entries.values())

    def _draw(self) -> None:
        if self._live is None:
            return
        from rich.table import Table

        spent = [e.seconds for _, e in self._entries.values() if e.state == "done" and e.seconds]
        running = [pair for pair in self._entries.values() if pair[1].state == "running"]
        left = (self.total - self._done()) * median(spent) / max(1, len(running)) if spent else None
        title = self.words.tell("live", done=self._done(), total=self.total)
        if left is not None:
            title += "  " + self.words.tell("left", minutes=left / 60)
        table = Table(*self.words.row("live_columns"), title=title, title_justify="left")
        for task, _ in running:
            event = self._news.get(task.key, {})
            gap = event.get("gap")
            told = ("-" if gap is None else f"{gap:.2%}") if event else "-"
            seconds = event.get("t")
            table.add_row(
                task.label,
                str(event.get("stage", "-")),
                "-" if seconds is None else f"{seconds:.0f}",
                told,
            )
        self._live.update(table)


def _named(task: Task) -> dict[str, Any]:
    return {"scenario": task.name, "variant": task.variant, "key": task.key}


def _shared(
    tasks: Sequence[Task],
    ledger: Any,
    run: _Runner,
    total: int,
    least: Sequence[str],
    most: Sequence[str],
) -> Shared:
    from siting.sweep.programme import limits_of, share_budget

    if total < 1:
        raise ArgumentError(Notice("fault.at_least_one", option="--share-budget", value=total))
    names = [task.label for task in tasks]
    return share_budget(
        tasks,
        ledger,
        run,
        total,
        limits_of(least, names, "--least"),
        limits_of(most, names, "--most"),
    )


def _write(
    tasks: Sequence[Task],
    entries: Sequence[Entry],
    out: Path,
    lang: Lang,
    shared: Shared | None,
) -> None:
    from siting.sweep import programme
    from siting.sweep.page import page
    from siting.sweep.table import table

    write_table(table(tasks, entries), out / "sweep.csv")
    figures = None
    if shared is not None:
        programme.write(shared, out)
        figures = programme.record(shared)
    with complete_file(out / "sweep.html") as fresh:
        fresh.write_text(page(tasks, entries, out, lang.value, figures), encoding="utf-8")


def _lines(tasks: Sequence[Task], entries: Sequence[Entry], lang: Lang) -> list[str]:
    from siting.sweep.ledger import why
    from siting.texts.numbers import columns, figure, percent, whole

    words = Words.of(lang.value, "sweep")
    rows = [list(words.row("columns"))]
    for task, entry in zip(tasks, entries, strict=True):
        state = words[f"state.{entry.state}"]
        if entry.reason:
            state = words.titled(state, why(entry, words.lang))
        spent = "-" if entry.seconds is None else figure(entry.seconds, 1)
        rows.append(
            [
                task.label,
                state,
                whole(entry.objective),
                whole(entry.bound),
                percent(entry.gap),
                spent,
            ]
        )
    return columns(rows, (0, 1))


def _programme(shared: Shared, lang: Lang) -> str:
    from siting.texts.numbers import figure, percent, whole

    words = Words.of(lang.value, "sweep")
    found = shared.programme
    if found is None:
        return "\n" + words["no_share"]
    return "\n" + words.tell(
        "programme",
        spent=whole(found.spent),
        total=whole(found.total),
        objective=whole(found.objective),
        bound=whole(found.bound),
        gap=percent(found.gap),
        million=figure(found.price * 1e6),
    )
