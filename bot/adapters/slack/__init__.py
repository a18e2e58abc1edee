"""Slack: direct messages, by Socket Mode or by HTTP, in one workspace or in any that installs the app."""

from bot.adapters.slack.adapter import Slack
from bot.adapters.slack.setup import as_yaml, manifest
from bot.settings import SlackSettings

__all__ = ["Slack", "SlackSettings", "as_yaml", "manifest"]
