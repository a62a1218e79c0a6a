"""A scenario file as it stands: reading with line numbers, merging of variants, validation."""
