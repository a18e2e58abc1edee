"""``whatif understand``: a message in, what it says out, both as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict

from dialogs.understand import Scorer, understand


def understood(number: int, line: str, scorer: Scorer | None = None) -> str:
    """What one message says.

    Takes the line's number, a line of JSON, ``{"text", "options": [ids], "locale"?}``, and a scorer for
    suggestions in place of the default one; returns a line with kind, options, suggestions and command,
    or with ``error``, which names the line and what is wrong with it.
    """
    try:
        asked = json.loads(line)
    except (ValueError, RecursionError) as error:
        return _wrong(number, f"this is not JSON ({error})")
    match asked:
        case {"text": str(text), **rest}:
            options, locale = rest.get("options", []), rest.get("locale") or "en"
        case {"text": _}:
            return _wrong(number, '"text" must be text')
        case _:
            return _wrong(number, '"text" is missing')
    if not isinstance(locale, str):
        return _wrong(number, '"locale" must be text, "en" say')
    if not isinstance(options, list) or not all(isinstance(option, str) for option in options):
        return _wrong(number, '"options" must be a list of ids, ["yes", "no"] say')
    return json.dumps(asdict(understand(text, options, locale, scorer)), ensure_ascii=False)


def _wrong(number: int, what: str) -> str:
    cure = 'write {"text": "…", "options": ["…"]}'
    return json.dumps({"error": f"line {number}: {what}; {cure}"}, ensure_ascii=False)
