"""A model of a document, which tells what may stand in it."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel


class Described(BaseModel):
    """Base of what documents are read into."""

    @classmethod
    def schema_of_keys(cls) -> dict[str, Any]:
        """JSON Schema, to look up what may stand under a key."""
        return cls.model_json_schema()
