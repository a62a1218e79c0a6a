"""Synthetic cities of any size as ordinary scenario files, always labelled synthetic."""

from __future__ import annotations

from siting.demo.city import make_city

__all__ = ["make_city"]
