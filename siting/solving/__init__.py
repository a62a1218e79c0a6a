"""From a Problem to a verified Result: which method, its run, and what may be said of it."""

from siting.solving.pipeline import solve

__all__ = ["solve"]
