"""Tests; the folders mirror ``siting/`` and ``models/``."""
