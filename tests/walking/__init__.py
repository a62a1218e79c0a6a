"""Tests of siting.walking."""
