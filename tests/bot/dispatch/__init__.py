"""Tests of bot/dispatch/."""
