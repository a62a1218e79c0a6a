"""From a checked scenario to a Problem: ids become positions here, once."""
