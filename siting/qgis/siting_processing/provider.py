"""The plugin and its provider."""

from qgis.core import QgsApplication, QgsProcessingProvider
from qgis.PyQt.QtGui import QIcon

from .algorithms import ALGORITHMS
from .layers import ScenarioFromLayers


class SitingProvider(QgsProcessingProvider):
    """Siting's algorithms under one name."""

    def id(self):
        return "siting"

    def name(self):
        return "Siting"

    def icon(self):
        return QIcon()

    def loadAlgorithms(self):
        for algorithm in (*ALGORITHMS, ScenarioFromLayers):
            self.addAlgorithm(algorithm())


class SitingPlugin:
    """What QGIS starts and ends; without a window in qgis_process."""

    def __init__(self, iface):
        self.iface = iface
        self.provider = None

    def initProcessing(self):
        """Called by qgis_process, and by initGui."""
        self.provider = SitingProvider()
        QgsApplication.processingRegistry().addProvider(self.provider)

    def initGui(self):
        """Called by the window."""
        self.initProcessing()

    def unload(self):
        """Called when the plugin is switched off."""
        from .algorithms import end_desks

        end_desks()
        if self.provider is not None:
            QgsApplication.processingRegistry().removeProvider(self.provider)
