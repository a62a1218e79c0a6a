"""Scenario files: schema, loading with line numbers, layers and datums, format catalogues."""

from siting.scenario.scenario import Scenario, language_in, load

__all__ = ["Scenario", "language_in", "load"]
