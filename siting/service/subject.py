"""What a process is asked to work upon: a scenario, by itself or of a stored result, or results."""

from __future__ import annotations

import base64
import binascii
import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from siting.errors import InputError
from siting.notice import Notice
from siting.service import inline
from siting.service.problems import RequestError
from siting.service.processes import RESULTS, SCENARIOS, Process

if TYPE_CHECKING:
    from siting.scenario import Scenario
    from siting.service.app import Service
    from siting.service.shelf import Kind


@dataclass(frozen=True)
class Subject:
    """One request's scenario and results, all on the shelf or of jobs by now."""

    scenario: str
    """Its id; empty where only results are compared."""
    variant: str | None = None
    values: tuple[str, ...] = ()
    """``KEY=VALUE``, laid over it."""
    result: str | None = None
    """Its id."""
    results: tuple[str, ...] = ()

    @classmethod
    def of(cls, service: Service, process: Process, given: Mapping[str, Any]) -> Subject:
        """Look up what was named, and put on the shelf what was sent.

        Raises:
            RequestError: 400, neither a name nor a zip; 404, there is none such, also where a
                result's scenario is not on the shelf.
            InputError: what was sent cannot be taken.
        """
        from siting.service.app import overrides

        if process.id == "compare":
            return cls("", results=tuple(_result(service, one) for one in given["results"]))
        told = given["plan"] if process.id == "gaps" and "plan" in given else given.get("result")
        result = None if told is None else _result(service, told)
        if "scenario" in process.inputs:
            scenario = _scenario(service, given["scenario"])
            return cls(scenario, given.get("variant"), overrides(given.get("set")), result)
        assert result is not None  # the input is asked for
        return cls(*service.origin(result), result)

    def load(self, service: Service) -> Scenario:
        """The scenario; one that was uploaded stays in its folder. Raises InputError."""
        return service.scenario(self.scenario, self.variant, self.values)

    def confined(self, service: Service) -> bool:
        """Whether the scenario must stay in its folder."""
        return service.shelf.get(self.scenario, "scenario").uploaded


def _named(given: Any) -> Any:
    return given["href"] if isinstance(given, dict) and given.keys() >= {"href"} else given


def _scenario(service: Service, given: Any) -> str:
    given = _named(given)
    if isinstance(given, dict) and "siting" in given:
        return _sent(service, inline.archive(given), "scenario")
    if not isinstance(given, str):
        raise RequestError(400, Notice("service.scenario_given"))
    if given.startswith(SCENARIOS):
        return service.shelf.get(given[len(SCENARIOS) :], "scenario").id
    return _sent(service, _decoded(given, Notice("service.scenario_given")), "scenario")


def _result(service: Service, given: Any) -> str:
    given = _named(given)
    if not isinstance(given, str):
        raise RequestError(400, Notice("service.result_given"))
    if given.startswith(RESULTS):
        id = given[len(RESULTS) :]
        service.result_folder(id)
        return id
    return _sent(service, _decoded(given, Notice("service.result_given")), "result")


def _decoded(text: str, why_not: Notice) -> io.BytesIO:
    try:
        return io.BytesIO(base64.b64decode(text, validate=True))
    except (binascii.Error, ValueError):
        raise RequestError(400, why_not) from None


def _sent(service: Service, archive: io.BytesIO, kind: Kind) -> str:
    """Id of the one scenario or result that a zip holds."""
    service.changing()
    entries = service.shelf.upload(archive, kind)
    found = [entry for entry in entries if entry.kind == kind]
    if len(found) != 1:
        service.shelf.remove(entries[0].id)
        raise InputError(Notice("service.one_of_kind", what=kind, n=len(found)))
    return found[0].id
