"""Catalogues of formats, and the standards that a scenario makes of them."""
