"""Every abstract test of OGC and every promise of security has a test, and the table is theirs."""

from __future__ import annotations

from tests.tools.desk_tables import PAGE, carried_out, identifiers, kept, page


def test_each_abstract_test_is_carried_out() -> None:
    """Each identifier of the declared classes stands in a test's docstring, and no other does."""
    assert set(carried_out()) == set(identifiers())


def test_each_promise_is_held() -> None:
    """No promise of the desk's security without a test."""
    assert all(kept().values())


def test_the_table_is_that_of_today() -> None:
    """``python -m tests.tools.desk_tables`` would write what is there."""
    assert PAGE.read_text(encoding="utf-8") == page()
