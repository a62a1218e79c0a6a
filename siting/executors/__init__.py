"""Where jobs run: on this machine, each watched by a thread, or on a Dask cluster's workers.

A job is a process of its own wherever it runs. Executors forget everything when they end; what has
to last is on disk, with whoever hands the jobs out.
"""
