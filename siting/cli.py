"""The command line: arguments in, exit codes out; every decision is one the Python API can make.

Exit codes: 0 a plan was found · 1 the program's own fault, or ``verify`` found a difference ·
2 bad input · 3 infeasible · 4 a limit was reached with no plan · 5 a solver failed ·
130 ended by Ctrl-C before it was done.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Any

import typer

import siting.commands
from siting.commands.arguments import Lang, Language
from siting.commands.help import fault_of_use, speak_help
from siting.commands.language import language_asked, speaking, spoken
from siting.errors import SitingError
from siting.notice import Notice, in_language
from siting.printable import LONGEST, cut
from siting.reproducible_files import without_times
from siting.streams import STANDARD_INPUT, StreamError, clean_streams
from siting.system.children import follow_parent
from siting.system.scratch import NoScratchError

if TYPE_CHECKING:
    app: typer.Typer

log = logging.getLogger(__name__)

UsageError: Any = typer.BadParameter.__mro__[2]
"""The base of every usage error; typer does not export it under a name of its own."""

INTERRUPTED = 130
"""What shells expect of a program ended by Ctrl-C; typer returns it too where it sees one."""
COMPLETING = "_SITING_COMPLETE"
"""Set by a shell that asks which words may follow."""


def _version(asked: bool) -> None:
    if asked:
        from siting import __version__

        print(f"siting {__version__}")
        raise typer.Exit


def settings(
    verbose: Annotated[bool, typer.Option("--verbose", "-v")] = False,
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True)] = False,
    with_parent: Annotated[bool, typer.Option("--with-parent", hidden=True)] = False,
    lang: Language = Lang.en,
) -> None:
    """Set up logging; the library itself installs no handler."""
    if with_parent:
        follow_parent(STANDARD_INPUT)
    level = logging.DEBUG if verbose else logging.WARNING
    logging.basicConfig(level=level, stream=sys.stderr, format="%(name)s: %(message)s")
    for noisy in ("numba", "matplotlib", "pyogrio", "fiona"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


COMMANDS = (
    "solve", "check", "catalogue", "gaps", "score", "compare", "frontier", "explain",
    "alternatives", "replan", "robustness", "fair", "kpis", "neighbours", "phases", "verify",
    "pack", "sweep", "report", "ledger", "progress", "demo", "new", "premises", "serve", "qgis",
)  # fmt: skip
"""Each is the function of that name in the module of that name in siting.commands."""


def command_line(commands: Sequence[str] = COMMANDS) -> typer.Typer:
    """The command line of some of the commands: each costs the reading of its options."""
    made = typer.Typer(
        name="siting",
        add_completion=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        help="Chooses which missing outlets to open where, with a proven bound.",
    )
    made.callback()(settings)
    for name in commands:
        made.command(name)(getattr(import_module(f"{siting.commands.__name__}.{name}"), name))
    return made


def __getattr__(name: str) -> typer.Typer:
    """``app``: the command line of all commands, for who looks at it as a whole."""
    if name != "app":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()["app"] = whole = command_line()
    return whole


def _asked(given: Sequence[str]) -> Sequence[str]:
    """The command that a command line begins with; all where it begins with none of them."""
    words = iter(given)
    for word in words:
        if word in COMMANDS and COMPLETING not in os.environ:
            return (word,)
        if word == "--lang":
            next(words, None)
        elif not word.startswith("-"):
            break
    return COMMANDS


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code. Without arguments it shows the help."""
    given = list(sys.argv[1:] if arguments is None else arguments) or ["--help"]
    with clean_streams(), speaking(language_asked(given)), without_times(False):
        return _run(given)


def _run(given: list[str]) -> int:
    try:
        command = typer.main.get_command(command_line(_asked(given)))
        command.name = "siting"
        speak_help(command, spoken())
        outcome = command(
            args=given,
            prog_name="siting",
            standalone_mode=False,
        )
        sys.stdout.flush()
    except SitingError as error:
        return _tell(error.in_language(spoken()), error.exit_code)
    except UsageError as error:
        return _tell(in_language(fault_of_use(error, given), spoken()), 2)
    except (KeyboardInterrupt, typer.Abort):
        outcome = INTERRUPTED
    except (BrokenPipeError, SystemExit):
        # Whoever read our output (head, less) has left; typer turns that into SystemExit.
        _drop_output()
        return 0
    except StreamError as error:
        _drop_output()
        return _tell(in_language(error.notice, spoken()), 1)
    except MemoryError:
        return _tell(in_language(Notice("fault.out_of_memory"), spoken()), 4)
    except NoScratchError as error:
        return _tell(in_language(Notice("fault.no_scratch", why=error.strerror), spoken()), 2)
    except Exception as error:
        if isinstance(error, OSError) and error.filename is not None and error.strerror:
            return _tell(f"{error.filename}: {error.strerror}", 1)
        log.debug("internal error", exc_info=True)
        what = cut(f"{type(error).__name__}: {error}", 200)
        return _tell(in_language(Notice("fault.internal", what=what), spoken()), 1)
    if outcome == INTERRUPTED:
        return _tell(in_language(Notice("fault.interrupted"), spoken()), INTERRUPTED)
    return outcome if isinstance(outcome, int) else 0


def _drop_output() -> None:
    """What is still to be written goes nowhere, so that nothing fails again at the very end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _tell(message: str, code: int) -> int:
    """One fault a line on standard error; the code tells where nobody can read it."""
    with suppress(OSError):
        print(*(cut(line, LONGEST) for line in message.splitlines()), sep="\n", file=sys.stderr)
    return code
