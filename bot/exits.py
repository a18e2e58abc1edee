"""Exit codes of `whatif`, beside 0."""

FOUND = 1
"""Something wrong was found."""

MISUSED = 2
"""The command was used wrongly."""
