"""Tests of the adapters, each through its own library."""
