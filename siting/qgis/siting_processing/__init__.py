"""Siting for QGIS: a Processing provider. Loaded by QGIS; imports nothing of siting itself."""


def classFactory(iface):
    """What QGIS calls to make the plugin; ``iface`` is None in qgis_process."""
    from .provider import SitingPlugin

    return SitingPlugin(iface)
