"""What the tests of cards and files begin with."""

from __future__ import annotations

import json
from typing import Any

from dialogs.events import Attachment

CARD: dict[str, Any] = {
    "theme": "light",
    "verdict": "Go with eyes open",
    "headline": "There may be something in it for you.",
    "because": ["You need the money.", "You’d like to know the rival."],
    "flips": ["Will you prepare? No: Decline"],
    "asks": ["What would the pay be?"],
    "headings": {"because": "Because", "flips": "What would flip it", "asks": "Worth asking"},
    "footer": "Opinion, not advice.",
}


def picture(**changes: object) -> Attachment:
    """A card to send, changed as told."""
    return Attachment("card", "whatif-verdict.png", json.dumps({**CARD, **changes}))


PICTURE = picture()
NOTES = Attachment("file", "whatif-verdict.md", "# Go\n\nBecause you’d like to.\n")
EVENT = Attachment(
    "calendar",
    "interview.ics",
    json.dumps(
        {
            "uid": "1@whatif",
            "stamp": "2026-11-22T10:00:00+00:00",
            "title": "The bank",
            "start": "2026-12-03T10:00:00",
            "zone": "Europe/Berlin",
            "all_day": False,
        }
    ),
)
BROKEN = Attachment("card", "whatif-verdict.png", "{}")
