"""Progress as people see it: a live line on a terminal, plain lines elsewhere."""

from __future__ import annotations

import json
from io import StringIO

from siting.commands.terminal import (
    BAR,
    MANY_KERNELS,
    PLAIN_EVERY,
    JsonLines,
    ProgressLine,
    line,
)
from siting.kernels import njit
from siting.progress import Progress
from siting.texts.numbers import amount, columns, percent, share


def test_a_line_names_stage_incumbent_bound_and_gap() -> None:
    """The figures a planner watches, with the gap worked out when it is not told."""
    told = line(Progress(12.34, "search", 1000.0, 1010.0, None, "basic"))
    for words in ("12.3 s", "search", "incumbent 1,000", "bound 1,010", "gap 1.000%", "basic"):
        assert words in told
    assert "gap" not in line(Progress(1.0, "search", 0.0, 5.0))


def test_plain_lines_come_every_few_seconds() -> None:
    """Where no terminal listens, a burst of news is one line, and a new stage tells at once."""
    stream = StringIO()
    with ProgressLine(stream) as listener:
        for k in range(50):
            listener(Progress(0.01 * k, "search", float(k), 99.0))
        listener(Progress(1.0, "verify", 49.0, 99.0))
    told = stream.getvalue().splitlines()
    assert len(told) == 2
    assert "search" in told[0] and "verify" in told[1]


def test_what_a_stage_does_not_repeat_stays_on_the_line() -> None:
    """A bound told once is kept until the stage or its note changes."""
    listener = ProgressLine(StringIO(), live=False)
    listener(Progress(0.0, "solve", 5.0, 9.0, note="basic"))
    kept = listener._remembering(Progress(0.1, "solve", 6.0, None, note="basic"))
    assert (kept.objective, kept.bound) == (6.0, 9.0)
    fresh = listener._remembering(Progress(0.2, "solve", 1.0, None, note="quality"))
    assert fresh.bound is None


def test_a_live_line_leaves_the_terminal_clean() -> None:
    """The live line is drawn on the stream it was given and taken away at the end."""
    stream = StringIO()
    with ProgressLine(stream, live=True) as listener:
        listener(Progress(0.0, "solve", 5.0, 9.0))
    assert "incumbent" not in stream.getvalue().splitlines()[-1:]


def test_what_compiles_is_told_with_a_bar() -> None:
    """A new machine compiles for seconds before anything else can be said; once told, the bar
    grows and never seems done before it is."""

    @njit(cache=False)
    def _kernel(x):  # type: ignore[no-untyped-def]
        return x + 1

    stream = StringIO()
    with ProgressLine(stream) as listener:
        _kernel(1)
        _kernel(2)
        assert len(stream.getvalue().splitlines()) == 1
        assert "compiling, once on this machine" in stream.getvalue()
        assert "1: kernel" in stream.getvalue()
        for _ in range(3 * MANY_KERNELS):
            listener._told_at = -PLAIN_EVERY
            listener._tell_compiling("more")
    last = stream.getvalue().splitlines()[-1]
    assert last.count("#") == BAR - 1
    _kernel(1.5)
    assert stream.getvalue().splitlines()[-1] == last, "nobody watches any more"


def test_what_compiles_is_told_in_json() -> None:
    """One line in a while, of a stage of its own, numbered with all others; the news of the run go
    on untouched, and a listener serves one stretch after the other."""

    @njit(cache=False)
    def _kernel(x):  # type: ignore[no-untyped-def]
        return x + 1

    stream = StringIO()
    lines = JsonLines(stream)
    with lines as listener:
        listener(Progress(3.0, "bound", 1.0, 2.0))
        _kernel(1)
        _kernel(1.5)
    with lines as listener:
        listener(Progress(4.0, "search", 1.0, 2.0))
    _kernel(True)
    told = [json.loads(text) for text in stream.getvalue().splitlines()]
    assert [(one["seq"], one["stage"], one["note"]) for one in told] == [
        (1, "bound", ""),
        (2, "compile", "kernel"),
        (3, "search", ""),
    ]
    assert told[1]["t"] >= 3.0 and told[1]["objective"] is None


def test_numbers_and_tables_are_for_people() -> None:
    """Thousands are set apart, small gaps keep their digits, Chinese is two columns wide."""
    assert (amount(1234567.0), amount(0.25), amount(None)) == ("1,234,567", "0.3", "-")
    assert (percent(0.0123), percent(0.0001), percent(0.0), percent(None)) == (
        "1.23%",
        "0.010%",
        "0.00%",
        "-",
    )
    assert (share(1, 4), share(0, 0)) == ("25.0%", "-")
    assert columns([["业态", "1"], ["shop", "22"]]) == ["业态   1", "shop  22"]
