"""A scenario folder from layers of the project, so that nobody needs to write YAML."""

import json
from pathlib import Path

from qgis.core import (
    QgsProcessing,
    QgsProcessingException,
    QgsProcessingOutputFile,
    QgsProcessingParameterEnum,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterField,
    QgsProcessingParameterFolderDestination,
    QgsProcessingParameterNumber,
    QgsVectorFileWriter,
)

from .algorithms import SitingAlgorithm
from .scenario_text import scenario_text
from .texts import lang, tr

FORMATS = json.loads((Path(__file__).parent / "formats.json").read_text(encoding="utf-8"))
CRS_OF_FILES = "EPSG:4326"


class ScenarioFromLayers(SitingAlgorithm):
    key = "layers"

    def initAlgorithm(self, config=None):
        anything = [QgsProcessing.SourceType.TypeVectorAnyGeometry]
        lines = [QgsProcessing.SourceType.TypeVectorLine]
        for name, kinds, optional in (
            ("people", anything, False),
            ("premises", anything, False),
            ("outlets", anything, True),
            ("streets", lines, True),
        ):
            self.addParameter(
                QgsProcessingParameterFeatureSource(name.upper(), tr(name), kinds, None, optional)
            )
        for name, text, layer, optional in (
            ("PEOPLE_FIELD", "people_field", "PEOPLE", False),
            ("ELDERLY_FIELD", "elderly_field", "PEOPLE", True),
            ("ID_FIELD", "id_field", "PREMISES", False),
            ("AREA_FIELD", "area_field", "PREMISES", False),
            ("OUTLET_FORMAT", "format_field", "OUTLETS", True),
        ):
            self.addParameter(
                QgsProcessingParameterField(name, tr(text), None, layer, optional=optional)
            )
        self.addParameter(
            QgsProcessingParameterEnum(
                "FORMATS", tr("formats"), [each[lang()] for each in FORMATS], True, [0]
            )
        )
        self.addParameter(
            QgsProcessingParameterNumber(
                "BUDGET", tr("budget"), QgsProcessingParameterNumber.Type.Integer, 10000000
            )
        )
        self.addParameter(QgsProcessingParameterFolderDestination("OUT", tr("out")))
        self.addOutput(QgsProcessingOutputFile("SCENARIO", tr("made")))

    def processAlgorithm(self, parameters, context, feedback):
        folder = self.parameterAsString(parameters, "OUT", context)
        Path(folder).mkdir(parents=True, exist_ok=True)
        chosen = [FORMATS[k]["id"] for k in self.parameterAsEnums(parameters, "FORMATS", context)]
        if not chosen:
            raise QgsProcessingException(tr("no_formats"))
        field = lambda name: self.parameterAsString(parameters, name, context) or None  # noqa: E731
        written = {
            name: self._write(parameters, context, name, folder)
            for name in ("people", "premises", "outlets", "streets")
        }
        text = scenario_text(
            name=Path(folder).name,
            layers=written,
            people=field("PEOPLE_FIELD"),
            elderly=field("ELDERLY_FIELD"),
            site_id=field("ID_FIELD"),
            area=field("AREA_FIELD"),
            outlet_format=field("OUTLET_FORMAT"),
            formats=chosen,
            budget=self.parameterAsInt(parameters, "BUDGET", context),
        )
        path = str(Path(folder) / "scenario.yaml")
        Path(path).write_text(text, encoding="utf-8")
        self.siting(["check", path, "--lang", lang()], feedback)
        return {"SCENARIO": path, "OUT": folder}

    def _write(self, parameters, context, name, folder):
        """A source as a GeoPackage in degrees; its file's name, or None where none was given."""
        source = self.parameterAsSource(parameters, name.upper(), context)
        if source is None:
            return None
        from qgis.core import QgsCoordinateReferenceSystem, QgsCoordinateTransform, QgsFeature

        to = QgsCoordinateReferenceSystem(CRS_OF_FILES)
        change = QgsCoordinateTransform(source.sourceCrs(), to, context.transformContext())
        options = QgsVectorFileWriter.SaveVectorOptions()
        options.driverName, options.layerName = "GPKG", name
        path = str(Path(folder) / f"{name}.gpkg")
        writer = QgsVectorFileWriter.create(
            path, source.fields(), source.wkbType(), to, context.transformContext(), options
        )
        for feature in source.getFeatures():
            moved = QgsFeature(feature)
            geometry = moved.geometry()
            geometry.transform(change)
            moved.setGeometry(geometry)
            if not writer.addFeature(moved):
                raise QgsProcessingException(writer.errorMessage())
        del writer  # closes the file
        return name + ".gpkg"
