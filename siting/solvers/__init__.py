"""Outside solvers, one file each and each the only one to import its library.

They run in a child process (:mod:`siting.solvers.child`), never in this one.
"""

from __future__ import annotations

SOLVERS = ("highs", "scip", "benders", "cpsat", "pulp", "scipy")
"""Names of the modules, which are the names of the methods."""
