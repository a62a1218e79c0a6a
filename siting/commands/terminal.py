"""Progress of a running solve: a live line on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial
from math import isfinite
from threading import Lock
from time import monotonic
from types import TracebackType
from typing import TYPE_CHECKING, Any, TextIO

from siting.as_json import json_text, rows
from siting.commands.language import spoken
from siting.kernels import watched
from siting.notice import in_language, notices
from siting.progress import Progress, relative_gap
from siting.texts.numbers import figure, padded
from siting.texts.words import Lang, Words

if TYPE_CHECKING:
    import pandas as pd
    from rich.live import Live

PLAIN_EVERY = 5.0
"""Seconds between plain lines; a new stage is told at once."""
JSON_EVERY = 0.5
"""Seconds between lines of JSON."""
MANY_KERNELS = 110
"""Kernels that a first solve on a machine compiles, about: the whole of the bar."""
BAR = 20


class ProgressLine:
    """A listener that shows the news; use as a context manager, on standard error by default."""

    def __init__(
        self, stream: TextIO | None = None, live: bool | None = None, lang: Lang | None = None
    ):
        self.lang = lang or spoken()
        self.stream = sys.stderr if stream is None else stream
        self.live = self.stream.isatty() if live is None else live
        self._display: Live | None = None
        self._told_at = -PLAIN_EVERY
        self._stage = ""
        self._last: Progress | None = None
        self._compiled, self._compiling = 0, watched(self._tell_compiling)

    def __enter__(self) -> ProgressLine:
        self._compiling.__enter__()
        if self.live:
            from rich.console import Console
            from rich.live import Live

            self._display = Live(
                "",
                console=Console(file=getattr(self.stream, "plain", self.stream)),
                refresh_per_second=8,
                transient=True,
            )
            self._display.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._compiling.__exit__(kind, error, trace)
        if self._display is not None:
            self._display.stop()

    def _tell_compiling(self, kernel: str) -> None:
        """A bar of the kernels that a new machine, or a new version, compiles once."""
        self._compiled += 1
        done = min(BAR - 1, BAR * self._compiled // MANY_KERNELS)
        text = Words.of(self.lang, "progress").tell(
            "compiling", bar="#" * done + "." * (BAR - done), n=self._compiled, name=kernel
        )
        if self._display is not None:
            from rich.text import Text

            self._display.update(Text(text, no_wrap=True, overflow="ellipsis"))
        elif monotonic() - self._told_at >= PLAIN_EVERY:
            self._stage, self._told_at = "compiling", monotonic()
            print(text, file=self.stream, flush=True)

    def __call__(self, news: Progress) -> None:
        news = self._remembering(news)
        if self._display is not None:
            from rich.text import Text

            self._display.update(Text(line(news, self.lang), no_wrap=True, overflow="ellipsis"))
            return
        now = monotonic()
        if news.stage != self._stage or now - self._told_at >= PLAIN_EVERY:
            self._stage, self._told_at = news.stage, now
            print(line(news, self.lang), file=self.stream, flush=True)

    def _remembering(self, news: Progress) -> Progress:
        """Figures that a stage does not repeat stay on the line while it lasts."""
        last, self._last = self._last, news
        if last is None or _stage(last) != _stage(news):
            return news
        self._last = replace(
            news,
            objective=last.objective if news.objective is None else news.objective,
            bound=last.bound if news.bound is None else news.bound,
        )
        return self._last


def _stage(news: Progress) -> tuple[str, str | None, str]:
    return news.stage, news.tier, news.note


class JsonLines:
    """A listener that writes a line of JSON (RFC 8259, ASCII) for each news: ``seq`` counts from 1,
    ``t`` is seconds, then ``stage``, ``objective``, ``bound``, ``gap``, ``tier``, ``note``. A new
    stage is told at once, more of one every :data:`JSON_EVERY` seconds. What is compiled, once on a
    machine, is the stage ``compile`` with the kernel's name as note, in between and as often. The
    last line, of the stage ``done``, has ``status`` and ``result``."""

    def __init__(self, stream: TextIO | None = None):
        self.stream = sys.stdout if stream is None else stream
        self._seq = 0
        self._stage = ""
        self._told_at = self._compiled_at = -JSON_EVERY
        self._begun_at = monotonic()
        self._writing = Lock()

    def __enter__(self) -> JsonLines:
        self._compiling = watched(self._tell_compiling)
        self._compiling.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._compiling.__exit__(kind, error, trace)

    def _tell_compiling(self, kernel: str) -> None:
        now = monotonic()
        if now - self._compiled_at >= JSON_EVERY:
            self._compiled_at = now
            self._tell(Progress(now - self._begun_at, "compile", note=kernel))

    def __call__(self, news: Progress) -> None:
        now = monotonic()
        self._begun_at = now - news.seconds
        if news.stage == self._stage and now - self._told_at < JSON_EVERY:
            return
        self._stage, self._told_at = news.stage, now
        self._tell(news)

    def _tell(self, news: Progress) -> None:
        gap = relative_gap(news.objective, news.bound) if news.gap is None else news.gap
        self.write(
            {
                "t": round(news.seconds, 3),
                "stage": news.stage,
                "objective": news.objective,
                "bound": news.bound,
                "gap": gap,
                "tier": news.tier,
                "note": news.note,
            }
        )

    def done(self, told: Mapping[str, Any]) -> None:
        """The last line."""
        self.write({"stage": "done", **told})

    def write(self, event: Mapping[str, Any]) -> None:
        """One line, numbered; kernels are compiled in threads of their own."""
        with self._writing:
            self._seq += 1
            print(json_text({"seq": self._seq, **event}), file=self.stream, flush=True)


def text_beside(as_json: bool) -> Callable[..., None]:
    """``print`` for a command's text: where JSON has standard output, on standard error."""
    return partial(print, file=sys.stderr) if as_json else print


def tables_as_json(as_json: bool, **tables: pd.DataFrame) -> None:
    """Tables by name, each a list of rows, where JSON was asked for."""
    if as_json:
        print_json({name: rows(table) for name, table in tables.items()})


def print_json(value: Any) -> None:
    """What a command found, as JSON on standard output."""
    print(json_text(value, 1))


def tell_faults(faults: Iterable[str], lang: Lang) -> None:
    """What could not be written beside a result that could, on standard error."""
    words = Words.of(lang, "progress")
    for fault in notices(faults, lang):
        print(words.titled(words["warning"], fault), file=sys.stderr)


def line(news: Progress, lang: Lang = "en") -> str:
    """One line: seconds, stage, tier, incumbent, bound, gap, note."""
    from siting.result.headline import gap_short

    words = Words.of(lang, "progress")
    gap = relative_gap(news.objective, news.bound) if news.gap is None else news.gap
    parts = [
        words.tell("seconds", seconds=news.seconds),
        padded(words.get(f"stage.{news.stage}", news.stage), 9),
    ]
    if news.tier is not None:
        parts.append(Words.of(lang, "tier").get(news.tier, news.tier))
    if news.objective is not None:
        parts.append(words.tell("incumbent", value=figure(news.objective)))
    if news.bound is not None:
        parts.append(words.tell("bound", value=figure(news.bound)))
    if gap is not None and isfinite(gap):
        known = news.objective is not None and news.bound is not None
        people = abs((news.bound or 0.0) - (news.objective or 0.0)) if known else None
        told = f"{gap:.3%}" if gap <= 1 else gap_short(None, people, lang)
        parts.append(words.tell("gap", value=told))
    if news.note:
        parts.append(words.get(f"how.{news.note}", in_language(news.note, lang)))
    return "  ".join(parts)
