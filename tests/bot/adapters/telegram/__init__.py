"""Telegram: the adapter, run against a server that refuses what Telegram refuses."""
