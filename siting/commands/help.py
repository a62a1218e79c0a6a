"""``--help`` and faults of use, in the reader's language: every text is one of the catalogue.

Section ``help``: ``COMMAND.about`` is a command, ``COMMAND.OPTION`` one of its options or
arguments, ``shared.OPTION`` one that several commands have.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from shutil import get_terminal_size
from typing import Any

import typer

from siting.errors import nearest
from siting.notice import Notice, plain
from siting.texts.numbers import columns, width, wrapped
from siting.texts.words import Lang, Words

MOST_COLUMNS = 100
KINDS = {"int": "a whole number", "float": "a number", "path": "a path", "str": "a text"}
"""What a value must be; choices tell it themselves."""
INDENT = 2


def speak_help(command: Any, lang: Lang) -> None:
    """Let a group of commands, and each of them, tell their help in a language."""
    command.get_help = partial(_help, command, lang)
    command.get_short_help_str = lambda limit=45: _about(command, lang)
    for name, inner in getattr(command, "commands", {}).items():
        inner.name = name
        speak_help(inner, lang)


def text_of(command: str, parameter: str, lang: Lang) -> str | None:
    """What an option or argument is for; None where the catalogue has no text."""
    words = Words.of(lang, "help")
    return words.get(f"{command}.{parameter}", words.get(f"shared.{parameter}"))


def fault_of_use(error: Any, given: Sequence[str]) -> Notice:
    """What is wrong with a command line.

    Args:
        error: a UsageError of the library.
        given: the command line.
    """
    command: Any = getattr(getattr(error, "ctx", None), "command", None)
    named = ", ".join(getattr(error.param, "opts", ())) if getattr(error, "param", None) else ""
    match type(error).__name__:
        case "MissingParameter":
            return Notice("fault.use_missing", what=_left(error.param) or named)
        case "NoSuchOption":
            near = ", ".join(sorted(error.possibilities or ()))
            return Notice("fault.use_no_option", option=error.option_name, near=near)
        case "BadOptionUsage":
            return Notice("fault.use_needs_value", option=error.option_name)
        case "UsageError" if getattr(command, "commands", None):
            words = str(error.format_message())  # an option may have a value before the command
            name = next((one for one in given if repr(one) in words), "")
            return Notice("fault.use_no_command", name=name, hint=nearest(name, command.commands))
        case "UsageError" if command is not None:
            takes = [_left(one) for one in command.params if one.param_type_name == "argument"]
            arguments = takes or Notice("fault.use_none")
            return Notice("fault.use_extra", command=command.name, arguments=arguments)
        case "BadParameter" if named:
            return Notice(
                "fault.use_bad", what=named, kind=KINDS.get(_kind(error.param), _kind(error.param))
            )
    return plain(" ".join(str(error.format_message()).split()))


def _about(command: Any, lang: Lang) -> str:
    about = Words.of(lang, "help").get(f"{command.name}.about")
    return about or " ".join((command.help or "").split())


def _help(command: Any, lang: Lang, context: typer.Context) -> str:
    """Usage, what it does, its arguments and options, its commands."""
    words = Words.of(lang, "help")
    pieces = [words.get(f"piece.{piece}", piece) for piece in command.collect_usage_pieces(context)]
    usage = words.titled(words["usage"], " ".join([context.command_path, *pieces]))
    blocks = [[usage], [" " * INDENT + line for line in _wrapped(_about(command, lang), INDENT)]]
    kinds: dict[str, list[tuple[str, str]]] = {"argument": [], "option": []}
    for parameter in command.get_params(context):
        if not getattr(parameter, "hidden", False):
            told = _told(command.name, parameter, lang)
            kinds[parameter.param_type_name].append((_left(parameter, lang), told))
    inner = getattr(command, "commands", {})
    rows = {
        "arguments": kinds["argument"],
        "options": kinds["option"],
        "commands": [(name, _about(one, lang)) for name, one in inner.items() if not one.hidden],
    }
    blocks += [[words.titled(words[key]), *_table(of)] for key, of in rows.items() if of]
    return "\n\n".join("\n".join(block) for block in blocks)


def _told(command: str, parameter: Any, lang: Lang) -> str:
    """What a parameter is for, its default, and whether it must be given."""
    words = Words.of(lang, "help")
    text = text_of(command, parameter.name, lang)
    told = (getattr(parameter, "help", None) or "") if text is None else text
    extra = []
    default = getattr(parameter, "default", None)
    if parameter.show_default and default is not None and not isinstance(default, bool):
        extra.append(words["default"].format(value=getattr(default, "value", default)))
    if parameter.required:
        extra.append(words["required"])
    return told + (words["extra"].format(told=words.parts(extra)) if extra else "")


def _left(parameter: Any, lang: Lang = "en") -> str:
    """``--time-limit S``, ``SCENARIO``, ``--nested / --no-nested``."""
    if parameter.param_type_name == "argument":
        return str(parameter.metavar or parameter.name.upper())
    told = ", ".join(parameter.opts)
    if parameter.secondary_opts:
        told += " / " + ", ".join(parameter.secondary_opts)
    return told if parameter.is_flag else f"{told} {parameter.metavar or _value(parameter, lang)}"


def _value(parameter: Any, lang: Lang) -> str:
    """What kind of value an option without a name for it takes."""
    kind = _kind(parameter)
    return Words.of(lang, "help").get(f"kind.{kind}", kind)


def _kind(parameter: Any) -> str:
    """``str``, ``int``, … or the words to choose from: ``zh|en``."""
    annotation = parameter.type_descriptor.annotation
    members = getattr(annotation, "__members__", None)
    if members is not None:
        return "|".join(member.value for member in members.values())
    return str(getattr(annotation, "__name__", annotation)).lower()


def _table(rows: Sequence[tuple[str, str]]) -> Iterator[str]:
    """Two columns; what does not fit beside its name stands below it."""
    left = min(max(width(name) for name, _ in rows), 24)
    begin = INDENT + left + 2
    for name, text in rows:
        lines = _wrapped(text, begin) or [""]
        if width(name) > left:
            yield " " * INDENT + name
            yield from (" " * begin + line for line in lines)
            continue
        (first,) = columns([[name + " " * (left - width(name)), lines[0]]], (0, 1))
        yield (" " * INDENT + first).rstrip()
        yield from (" " * begin + line for line in lines[1:])


def _wrapped(text: str, begin: int) -> list[str]:
    return wrapped(text, min(get_terminal_size().columns, MOST_COLUMNS) - begin)
