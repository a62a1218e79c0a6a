"""Progress of a running solve: a live line on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import replace
from math import isfinite
from time import monotonic
from types import TracebackType
from typing import TYPE_CHECKING, TextIO

from siting.commands.language import spoken
from siting.notice import in_language, notices
from siting.progress import Progress, relative_gap
from siting.texts.numbers import figure, padded
from siting.texts.words import Lang, Words

if TYPE_CHECKING:
    from rich.live import Live

PLAIN_EVERY = 5.0
"""Seconds between plain lines; a new stage is told at once."""


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

    def __enter__(self) -> ProgressLine:
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
        if self._display is not None:
            self._display.stop()

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
        parts.append(words.tell("incumbent", value=figure(news.objective, 1)))
    if news.bound is not None:
        parts.append(words.tell("bound", value=figure(news.bound, 1)))
    if gap is not None and isfinite(gap):
        people = None if news.objective is None else abs((news.bound or 0.0) - news.objective)
        told = f"{gap:.3%}" if gap <= 1 else gap_short(None, people, lang)
        parts.append(words.tell("gap", value=told))
    if news.note:
        parts.append(words.get(f"how.{news.note}", in_language(news.note, lang)))
    return "  ".join(parts)
