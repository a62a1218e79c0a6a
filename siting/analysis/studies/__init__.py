"""Studies: each solves related problems and compares their proven results."""
