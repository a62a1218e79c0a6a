"""One algorithm a command: parameters in, the command run, its files out as layers and numbers."""

import json
import os
import subprocess
import threading
import time
from pathlib import Path

from qgis.core import (
    QgsApplication,
    QgsProcessing,
    QgsProcessingAlgorithm,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingOutputFile,
    QgsProcessingOutputHtml,
    QgsProcessingOutputNumber,
    QgsProcessingOutputString,
    QgsProcessingOutputVectorLayer,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterField,
    QgsProcessingParameterFile,
    QgsProcessingParameterFolderDestination,
    QgsProcessingParameterNumber,
    QgsProcessingParameterString,
)
from qgis.PyQt.QtCore import QSettings

from . import run
from .texts import lang, tr

SETTING = "siting/command"
File, Folder = QgsProcessingParameterFile.Behavior.File, QgsProcessingParameterFile.Behavior.Folder
Integer = QgsProcessingParameterNumber.Type.Integer
_desks = []


class SitingAlgorithm(QgsProcessingAlgorithm):
    """What all have in common; ``key`` names the command's texts."""

    key = ""

    def name(self):
        return self.key

    def displayName(self):
        return tr(self.key)

    def group(self):
        return tr("group")

    def groupId(self):
        return "siting"

    def shortHelpString(self):
        return tr(self.key + "_help")

    def createInstance(self):
        return type(self)()

    def scenario(self):
        """The two parameters that name a scenario."""
        self.addParameter(QgsProcessingParameterFile("SCENARIO", tr("scenario"), File, "yaml"))
        self.addParameter(QgsProcessingParameterString("VARIANT", tr("variant"), "", False, True))

    def seconds(self, default):
        """The time limit."""
        self.addParameter(
            QgsProcessingParameterNumber("TIME", tr("time"), Integer, default, False, 1)
        )

    def named(self, parameters, context):
        """A scenario's arguments on the command line."""
        arguments = [self.parameterAsFile(parameters, "SCENARIO", context)]
        variant = self.parameterAsString(parameters, "VARIANT", context).strip()
        return arguments + (["--variant", variant] if variant else [])

    def siting(self, arguments, feedback, limit=0):
        """Run the command; its lines go to the log, its faults become the algorithm's.

        Args:
            limit: seconds it was given, for the progress bar; 0 = not known.
        """
        environment = run.clean(os.environ, QgsApplication.prefixPath())
        try:
            command = run.find(QSettings().value(SETTING, ""), environment)
        except run.NotInstalledError as error:
            raise QgsProcessingException(str(error)) from None
        feedback.pushCommandInfo(" ".join(["siting", *arguments]))
        begun = time.monotonic()

        def told(line):
            if line is not None:
                feedback.pushConsoleInfo(line)
            if limit:
                feedback.setProgress(min(99.0, 100 * (time.monotonic() - begun) / limit))

        arguments = [*run.WITH_US, *arguments]
        code, lines, errors = run.run(command, arguments, told, feedback.isCanceled, environment)
        try:
            run.answered(code, errors or lines[-5:])
        except run.FailedError as error:
            raise QgsProcessingException(str(error)) from None
        return "\n".join(lines)


class Check(SitingAlgorithm):
    key = "check"

    def initAlgorithm(self, config=None):
        self.scenario()
        self.addOutput(QgsProcessingOutputString("TOLD", tr("told")))

    def processAlgorithm(self, parameters, context, feedback):
        arguments = ["check", *self.named(parameters, context), "--lang", lang()]
        return {"TOLD": self.siting(arguments, feedback)}


class Gaps(SitingAlgorithm):
    key = "gaps"

    def initAlgorithm(self, config=None):
        self.scenario()
        self.addParameter(QgsProcessingParameterFolderDestination("OUT", tr("out")))
        self.addOutput(QgsProcessingOutputVectorLayer("BLIND", tr("blind")))
        self.addOutput(QgsProcessingOutputString("TOLD", tr("told")))

    def processAlgorithm(self, parameters, context, feedback):
        folder = self.parameterAsString(parameters, "OUT", context)
        Path(folder).mkdir(parents=True, exist_ok=True)
        blind = str(Path(folder) / "blind_spots.gpkg")
        arguments = ["gaps", *self.named(parameters, context), "--lang", lang(), "--map", blind]
        told = self.siting(arguments, feedback)
        load(context, blind, tr("blind"), "BLIND")
        return {"BLIND": blind, "TOLD": told, "OUT": folder}


class Solve(SitingAlgorithm):
    key = "solve"

    def initAlgorithm(self, config=None):
        self.scenario()
        self.seconds(120)
        self.addParameter(QgsProcessingParameterFolderDestination("OUT", tr("out")))
        self.addOutput(QgsProcessingOutputVectorLayer("PLAN", tr("plan")))
        self.addOutput(QgsProcessingOutputHtml("REPORT", tr("report_page")))
        self.addOutput(QgsProcessingOutputNumber("OBJECTIVE", tr("objective")))
        self.addOutput(QgsProcessingOutputNumber("GAP", tr("gap")))

    def processAlgorithm(self, parameters, context, feedback):
        limit = self.parameterAsInt(parameters, "TIME", context)
        folder = self.parameterAsString(parameters, "OUT", context)
        arguments = ["solve", *self.named(parameters, context), "--time-limit", str(limit)]
        arguments += ["--out", folder, "--force", "--lang", lang()]
        self.siting(arguments, feedback, limit)
        result = json.loads((Path(folder) / "result.json").read_text(encoding="utf-8"))
        plan = str(Path(folder) / "sites.gpkg")
        load(context, plan, tr("plan"), "PLAN")
        return {
            "PLAN": plan,
            "REPORT": str(Path(folder) / "report.html"),
            "OBJECTIVE": result["objective"],
            "GAP": result["gap"],
            "OUT": folder,
        }


class Score(SitingAlgorithm):
    key = "score"

    def initAlgorithm(self, config=None):
        self.scenario()
        vector = QgsProcessing.SourceType.TypeVector
        self.addParameter(QgsProcessingParameterFeatureSource("CHOSEN", tr("chosen"), [vector]))
        for name, optional in (("site", False), ("format", False), ("size", True)):
            self.addParameter(
                QgsProcessingParameterField(
                    name.upper() + "_FIELD", tr(name + "_field"), None, "CHOSEN", optional=optional
                )
            )
        self.seconds(30)
        self.addOutput(QgsProcessingOutputString("TOLD", tr("told")))

    def processAlgorithm(self, parameters, context, feedback):
        import csv
        import tempfile

        source = self.parameterAsSource(parameters, "CHOSEN", context)
        fields = [
            self.parameterAsString(parameters, f"{k}_FIELD", context)
            for k in ("SITE", "FORMAT", "SIZE")
        ]
        columns = [
            (name, field)
            for name, field in zip(("site", "format", "size"), fields, strict=True)
            if field
        ]
        with tempfile.TemporaryDirectory() as folder:
            path = str(Path(folder) / "plan.csv")
            with Path(path).open("w", encoding="utf-8", newline="") as file:
                writer = csv.writer(file)
                writer.writerow([name for name, _ in columns])
                for feature in source.getFeatures():
                    writer.writerow([feature[field] for _, field in columns])
            limit = self.parameterAsInt(parameters, "TIME", context)
            arguments = ["score", *self.named(parameters, context)[:1], path]
            arguments += self.named(parameters, context)[1:]
            arguments += ["--best-within", str(limit), "--lang", lang()]
            return {"TOLD": self.siting(arguments, feedback, limit)}


class Frontier(SitingAlgorithm):
    key = "frontier"

    def initAlgorithm(self, config=None):
        self.scenario()
        self.addParameter(
            QgsProcessingParameterNumber("POINTS", tr("points"), Integer, 10, False, 2, 50)
        )
        self.seconds(300)
        self.addParameter(QgsProcessingParameterFolderDestination("OUT", tr("out")))
        self.addOutput(QgsProcessingOutputFile("TABLE", tr("frontier")))

    def processAlgorithm(self, parameters, context, feedback):
        limit = self.parameterAsInt(parameters, "TIME", context)
        folder = self.parameterAsString(parameters, "OUT", context)
        arguments = ["frontier", *self.named(parameters, context), "--time-limit", str(limit)]
        arguments += ["--points", str(self.parameterAsInt(parameters, "POINTS", context))]
        self.siting([*arguments, "--out", folder, "--force", "--lang", lang()], feedback, limit)
        return {"TABLE": str(Path(folder) / "frontier.csv"), "OUT": folder}


class Explain(SitingAlgorithm):
    key = "explain"

    def initAlgorithm(self, config=None):
        self.addParameter(QgsProcessingParameterFile("RESULT", tr("result"), Folder))
        for name in ("site", "format"):
            parameter = QgsProcessingParameterString(name.upper(), tr(name), "", False, True)
            self.addParameter(parameter)
        self.seconds(120)
        self.addOutput(QgsProcessingOutputString("TOLD", tr("told")))

    def processAlgorithm(self, parameters, context, feedback):
        limit = self.parameterAsInt(parameters, "TIME", context)
        arguments = ["explain", self.parameterAsFile(parameters, "RESULT", context)]
        for name in ("site", "format"):
            value = self.parameterAsString(parameters, name.upper(), context).strip()
            arguments += ["--" + name, value] if value else []
        arguments += ["--time-limit", str(limit), "--lang", lang()]
        return {"TOLD": self.siting(arguments, feedback, limit)}


class Report(SitingAlgorithm):
    key = "report"

    def initAlgorithm(self, config=None):
        self.addParameter(QgsProcessingParameterFile("RESULT", tr("result"), Folder))
        self.addParameter(QgsProcessingParameterString("KINDS", tr("kinds"), "html"))
        self.addOutput(QgsProcessingOutputString("TOLD", tr("told")))

    def processAlgorithm(self, parameters, context, feedback):
        kinds = self.parameterAsString(parameters, "KINDS", context).replace(" ", "")
        arguments = ["report", self.parameterAsFile(parameters, "RESULT", context)]
        arguments += ["--format", kinds, "--lang", lang()]
        return {"TOLD": self.siting(arguments, feedback)}


class Desk(SitingAlgorithm):
    key = "desk"

    def initAlgorithm(self, config=None):
        self.addParameter(QgsProcessingParameterFile("FOLDER", tr("folder"), Folder))
        self.addOutput(QgsProcessingOutputString("ADDRESS", tr("address")))

    def processAlgorithm(self, parameters, context, feedback):
        environment = run.clean(os.environ, QgsApplication.prefixPath())
        try:
            command = run.find(QSettings().value(SETTING, ""), environment)
        except run.NotInstalledError as error:
            raise QgsProcessingException(str(error)) from None
        folder = self.parameterAsFile(parameters, "FOLDER", context)
        child = subprocess.Popen(
            [command, *run.WITH_US, "serve", folder, "--lang", lang()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
            text=True,
        )
        address = child.stdout.readline().strip()
        if not address:
            raise QgsProcessingException(child.communicate()[1].strip())
        for stream in (child.stdout, child.stderr):  # whoever does not read makes it wait
            threading.Thread(target=stream.read, daemon=True).start()
        _desks.append(child)
        feedback.pushInfo(address)
        return {"ADDRESS": address}


ALGORITHMS = (Check, Gaps, Solve, Score, Frontier, Explain, Report, Desk)


def end_desks():
    """Ask every desk that was opened to end."""
    while _desks:
        _desks.pop().terminate()


def load(context, path, name, output):
    """A layer that QGIS adds to the project when the algorithm is done, if there is a project."""
    if context.project() is None or not Path(path).exists():
        return
    details = QgsProcessingContext.LayerDetails(name, context.project(), output)
    context.addLayerToLoadOnCompletion(path, details)
