"""``whatif understand``: a message in, what it says out, both as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict

from dialogs.understand import Scorer, understand


def understood(line: str, scorer: Scorer | None = None) -> str:
    """What one message says.

    Takes a line of JSON, ``{"text", "options": [ids], "locale"?}``, and a scorer for suggestions in place
    of the default one; returns a line with kind, options, suggestions and command, or with ``error``,
    which names what is wrong with the line.
    """
    try:
        asked = json.loads(line)
        text, options, locale = asked["text"], asked.get("options", []), asked.get("locale") or "en"
        if not isinstance(text, str) or not isinstance(locale, str):
            raise TypeError("text and locale must be text")
        if not isinstance(options, list) or not all(isinstance(option, str) for option in options):
            raise TypeError("options must be a list of ids")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        return json.dumps(
            {"error": f'write {{"text": "…", "options": ["…"]}} ({error!r})'}, ensure_ascii=False
        )
    return json.dumps(asdict(understand(text, options, locale, scorer)), ensure_ascii=False)
