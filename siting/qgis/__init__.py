"""The QGIS provider: plain files that QGIS loads, and how they are packed or installed.

``siting_processing`` runs inside QGIS and imports nothing of this package: QGIS brings a Python of
its own, so siting is run as a command beside it.
"""
