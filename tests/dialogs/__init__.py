"""Tests of the conversation itself."""
