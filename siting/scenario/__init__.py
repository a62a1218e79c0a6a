"""Scenario files: schema, loading with line numbers, layers and datums, format catalogues."""

from siting.scenario.scenario import Scenario, load

__all__ = ["Scenario", "load"]
