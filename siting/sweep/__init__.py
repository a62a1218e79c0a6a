"""Many scenarios and variants, on one machine or on Dask; a kill loses nothing.

The ledger on disk is the truth, and each task goes on from its own plan.
"""
