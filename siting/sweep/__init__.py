"""Many scenarios, variants and changes, solved on one machine or on Dask; nothing is lost to a
kill: the ledger on disk is the truth, and each task goes on from its own plan."""
