"""Fixtures of the scenario tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tools.worlds import World


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A fresh street."""
    return World(tmp_path)
