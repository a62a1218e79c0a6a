"""Layers of people, outlets, premises and districts: any file in, tables with ids out."""
