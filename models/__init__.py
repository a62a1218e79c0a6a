"""Formulations, one file each; imported as siting.models."""
