"""The large-scale method: bound, search and certificates; see README.md beside this file."""
