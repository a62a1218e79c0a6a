"""A city solved in tiles."""
