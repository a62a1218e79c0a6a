"""The keys of a scenario file: one model a section, values, and the reference made from them."""
