"""The Home tab, and the form in which a question is answered in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from slack_sdk.models.views import View

from bot.adapters.slack.incoming import FORM, HOME
from bot.adapters.slack.outgoing import Json, escape, parts, section, shortened

TEXT_MOST = 1_000
"""Characters of an answer in one's own words: what the conversation keeps of the longest ones."""

Words = Callable[[str], str]
"""The adapter's own words in a locale, by block."""


def home(words: Words, question: str, link: str) -> Json:
    """The Home tab.

    Takes the question that stands open, in our markup ("" for none), and the address of the direct
    message, which each button opens.
    """
    blocks = [_header(words("home_title")), section(escape(words("home_intro")))]
    if question:
        blocks += [_header(words("home_stands")), *(section(part.mrkdwn) for part in parts(question))]
    buttons = [
        {
            "type": "button",
            "action_id": f"home.{name}",
            "text": _plain(words(f"home_{name}")),
            "url": link,
        }
        for name in HOME
    ]
    blocks += [
        {"type": "actions", "block_id": "home", "elements": buttons},
        _header(words("home_privacy_title")),
        section(escape(words("home_privacy_text"))),
    ]
    return {"type": "home", "blocks": blocks}


def form(words: Words, question: Sequence[Mapping[str, Any]], owner: str, token: str, *, dated: bool) -> Json:
    """The form: a line of text and, where there may be one, a date for whoever knows it.

    Takes the blocks that ask the question, whose conversation it is (``<team>:<user>``), and the token of
    the question: whoever sends the form in may have gone on by then.
    """
    asked = [section(block["text"]["text"]) for block in question]
    date = {
        "type": "input",
        "block_id": "date",
        "optional": True,
        "label": _plain(words("write_date")),
        "element": {"type": "datepicker", "action_id": "date"},
    }
    return {
        "type": "modal",
        "callback_id": FORM,
        "private_metadata": f"{owner} {token}",
        "title": _plain(shortened(words("write_title"), View.title_max_length)),
        "submit": _plain(shortened(words("write_send"), View.submit_max_length)),
        "close": _plain(shortened(words("write_cancel"), View.close_max_length)),
        "blocks": [
            *asked,
            {
                "type": "input",
                "block_id": "text",
                "label": _plain(words("write_text" if dated else "write_title")),
                "element": {"type": "plain_text_input", "action_id": "text", "max_length": TEXT_MOST},
            },
            *([date] if dated else []),
        ],
    }


def pointer(words: Words, link: str) -> Json:
    """What is said in a channel, to the asker only: where the talk is, and nothing of it."""
    open_it = {"type": "button", "action_id": "open", "text": _plain(words("open")), "url": link}
    text = escape(words("channel"))
    return {
        "response_type": "ephemeral",
        "text": text,
        "blocks": [section(text), {"type": "actions", "block_id": "open", "elements": [open_it]}],
    }


def _header(text: str) -> Json:
    return {"type": "header", "text": _plain(text)}


def _plain(text: str) -> Json:
    return {"type": "plain_text", "text": text, "emoji": False}
