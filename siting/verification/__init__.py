"""The independent judge behind :mod:`siting.verifying`.

Nothing here uses an engine, a model, a solver, ``siting.problem.rules`` or the conveniences that
``Problem`` derives: everything is recomputed from the raw arrays by code of its own.
"""
