"""Events and messages as they are stored: all of them come back as they were, and junk is refused."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.wire import event_in, event_out, message_in, message_out
from dialogs.events import Attachment, Choice, Chose, Command, Due, Event, Message, Picked, Said, Started

TEXT = st.text(max_size=40)
EVENTS: st.SearchStrategy[Event] = st.one_of(
    st.builds(Started),
    st.builds(Said, TEXT, TEXT),
    st.builds(Chose, TEXT, st.none() | st.lists(TEXT, max_size=5).map(tuple)),
    st.builds(Picked, TEXT, st.lists(TEXT, max_size=5).map(tuple)),
    st.builds(Command, TEXT),
    st.builds(Due, TEXT),
)
CHOICES = st.lists(st.builds(Choice, TEXT, TEXT, st.booleans(), st.booleans()), max_size=4).map(tuple)
COUNT = st.integers(0, 2**40)
FILES = st.builds(Attachment, st.sampled_from(["card", "calendar", "file"]), TEXT, TEXT)
MESSAGES = st.builds(
    Message, TEXT, TEXT, CHOICES, CHOICES, st.sampled_from(["one", "many", "text", None]), TEXT, TEXT,
    st.none() | st.tuples(COUNT, COUNT), st.none() | COUNT, TEXT, st.booleans(), TEXT,
    st.lists(FILES, max_size=2).map(tuple), TEXT,
)  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)


@given(EVENTS, TEXT)
def test_every_event_comes_back(event: Event, locale: str) -> None:
    out = event_out(event, locale)
    assert event_in(out) == (event, locale)
    assert "\n" not in out
    assert "\x00" not in out


@given(MESSAGES)
def test_every_message_comes_back(message: Message) -> None:
    out = message_out(message)
    assert message_in(out) == message
    assert "\x00" not in out


def test_half_a_character_can_be_stored() -> None:
    # Platforms send JSON, and JSON may hold half a surrogate pair: a database takes only whole characters.
    out = event_out(Said("\ud83d!"), "en")
    out.encode()
    assert event_in(out) == (Said("\ud83d!"), "en")


def test_a_message_is_stored_without_what_is_as_usual() -> None:
    out = json.loads(message_out(Message("decide/x", "one")))
    assert out == {"version": 1, "state": "decide/x", "text": "one"}


def test_a_message_is_stored_with_its_files() -> None:
    files = (Attachment("file", "a.txt", "ä\n"), Attachment("card", "b.png", '{"c": 1}'))
    message = Message("decide/x", "one", attachments=files, copyable="two")
    assert message_in(message_out(message)) == message


JUNK = ["", "{", "null", "[]", "{}", '"said"', '["said"]', '["said", 1, "x"]', '["sung", "en", "x"]',
        '["said", "en"]', '["said", "en", "a", "b"]', '["started", "en", 1]', '["picked", "en", "t", "x"]',
        "[" * 50_000]  # fmt: skip


@pytest.mark.parametrize("text", JUNK)
def test_junk_is_no_event(text: str) -> None:
    with pytest.raises((ValueError, KeyError, TypeError, RecursionError)):
        event_in(text)


@pytest.mark.parametrize("text", ["", "{", "null", "[]", "{}", "7", '{"state": "x"}',
                                  '{"state": "x", "text": "y", "more": 1}',
                                  '{"state": "x", "text": "y", "choices": [[]]}',
                                  '{"state": "x", "text": "y", "choices": 1}'])  # fmt: skip
def test_junk_is_no_message(text: str) -> None:
    with pytest.raises((ValueError, KeyError, TypeError)):
        message_in(text)


@given(JSON)
def test_whatever_json_stands_there_nothing_else_is_raised(data: object) -> None:
    for read in (event_in, message_in):
        with contextlib.suppress(ValueError, KeyError, TypeError):
            read(json.dumps(data))
