"""Figures with names, as results tell them: by attribute in the program, by key in result.json."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


class Record(Mapping[str, Any]):
    """A record that is its own dictionary; equal to any mapping with the same keys and values."""

    def to_dict(self) -> dict[str, Any]:
        """As result.json has it."""
        raise NotImplementedError

    def __getitem__(self, key: str) -> Any:
        return self.to_dict()[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.to_dict())

    def __len__(self) -> int:
        return len(self.to_dict())
