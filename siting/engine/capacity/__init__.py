"""Cover within capacities: who is served where, with its own bound."""
