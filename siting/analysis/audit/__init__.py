"""Stored results and reach recomputed from the inputs by other code."""
