"""Kinds of files, each read by one named reader into a table with or without shapes.

What a library raises on the way becomes one fault (:mod:`siting.files.boundary`), and no file is
able to open another (:mod:`siting.files.ogr`).
"""
