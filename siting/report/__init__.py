"""Deliverables: the result folder, report, tables and maps; nothing here computes a figure."""
