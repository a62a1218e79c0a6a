"""--help and faults of use: every text is one of the catalogue, in the reader's language."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from siting.cli import app, main
from siting.commands.help import text_of
from siting.commands.language import language_asked, language_of, language_of_locale
from siting.texts.numbers import width, wrapped
from siting.texts.words import LANGS, Lang, Words
from tests.tools.worlds import World

CHINESE = re.compile("[\u3400-\u9fff]")


def parameters() -> Iterator[tuple[str, Any]]:
    """Every option and argument with its command's name."""
    group = typer.main.get_command(app)
    for name, command in group.commands.items():  # type: ignore[attr-defined]
        yield from ((name, parameter) for parameter in command.params)


@pytest.mark.parametrize("lang", LANGS)
def test_every_option_has_its_text_in_the_catalogue(lang: Lang) -> None:
    """And no text of the catalogue is of an option that is gone."""
    told = [(command, parameter.name) for command, parameter in parameters()]
    assert [pair for pair in told if not text_of(*pair, lang)] == []
    words = Words.of(lang, "help")
    own = {f"{command}.{name}" for command, name in told} | {f"{c}.about" for c, _ in told}
    shared = {f"shared.{name}" for _, name in told}
    of_all = ("help", "verbose", "version", "install_completion", "show_completion")
    shared |= {f"shared.{name}" for name in of_all}
    rest = {key for key in words if "." in key} - own - shared - {"siting.about"}
    assert {key for key in rest if not key.startswith(("kind.", "piece."))} == set()


@pytest.mark.parametrize("command", [[], ["solve"], ["replan"]])
def test_help_speaks_the_language_asked_for(command: list[str], capsys: Any) -> None:
    """English without a Chinese sign; Chinese with its headings, in lines that fit."""
    assert main(["--lang", "en", *command, "--help"]) == 0
    english = capsys.readouterr().out
    assert english.startswith("Usage: siting") and not CHINESE.search(english)
    assert main(["--lang", "zh", *command, "--help"]) == 0
    chinese = capsys.readouterr().out
    assert chinese.startswith("用法：siting")
    assert "Options" not in chinese and "default" not in chinese
    assert max(map(width, chinese.splitlines())) <= 100


def test_faults_of_use_speak_it_too(capsys: Any) -> None:
    """Missing, unknown, too many and wrong: one line each, exit code 2."""
    for given, words in (
        (["solve"], "缺少参数：必须写明 SCENARIO"),
        (["solve", "x", "--fast"], "没有这一选项：--fast"),
        (["solve", "x", "--gap", "wide"], "--gap 须为数"),
        (["solve", "x", "y"], "solve 只接受 SCENARIO，不接受更多参数"),
        (["qgis", "x"], "qgis 只接受 无参数"),
        (["solve", "x", "--gap"], "--gap 须带有值"),
        (["solv", "x"], "没有这一命令：solv；是否指“solve”？"),
    ):
        assert main(["--lang", "zh", *given]) == 2
        told = capsys.readouterr().err
        assert told.startswith(words) and len(told.splitlines()) == 1


def test_the_language_comes_from_option_scenario_or_locale(tmp_path: Path, capsys: Any) -> None:
    """In this order; the locale by the first variable that is set."""
    world = World(tmp_path)
    assert language_asked(["check", "a", "--lang=zh"]) == "zh"
    assert language_asked(["check", "a", "--lang", "zh"]) == "zh"
    assert language_of_locale({"LC_ALL": "", "LANG": "zh_CN.GBK"}) == "zh"
    assert language_of_locale({"LC_ALL": "C", "LANG": "zh_CN.UTF-8"}) == "en"
    world.scenario |= {"lang": "中文", "budget": -1}
    with pytest.raises(ValueError, match="budget"):
        world.load()
    assert language_of({"scenario": world.path}) == "zh"
    assert main(["check", str(world.path)]) == 2
    assert "须为≥ 0 的整数" in capsys.readouterr().err
    assert main(["check", str(world.path), "--lang", "en"]) == 2
    assert "must be a whole number" in capsys.readouterr().err


def test_chinese_is_wrapped_by_the_columns_it_takes() -> None:
    """No line is wider than asked, none begins with a mark that closes, nothing is lost."""
    text = "按业态、人群和片区：今天谁没有得到服务（siting gaps），缺多少面积和名额。"
    for most in (10, 17, 40):
        lines = wrapped(text, most)
        assert max(map(width, lines)) <= most + 2
        assert "".join(lines).replace(" ", "") == text.replace(" ", "")
        assert not any(line[0] in "，。：、）" for line in lines)
    assert wrapped("", 10) == []
