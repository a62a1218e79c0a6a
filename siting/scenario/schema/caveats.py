"""Keys of the warnings that change what a plan's figures mean."""

TRAPS = (
    "delivery.apart",
    "outlets.no_layer",
    "outlets.none_of",
    "premises.nowhere",
    "formats.currency",
    "layer.keys_absent",
)
"""A report says at its head that there are some."""
