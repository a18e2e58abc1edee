"""Files that go with a message, and what can be copied, on Telegram."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest

from bot.adapters.telegram import Telegram
from bot.attachments import made
from bot.turn import GoneError, TooFastError
from dialogs.events import Attachment, Choice, Message
from tests.bot.adapters.telegram.conftest import own
from tests.bot.adapters.telegram.server import BotApi
from tests.bot.cards import BROKEN, EVENT, NOTES, PICTURE

CHAT = 42
YES = Choice("decide/x:yes~1", "Yes")


@pytest.fixture
async def adapter(api: BotApi) -> AsyncIterator[Telegram]:
    api.person(CHAT)
    adapter = Telegram(api.token, own, api=api.url)
    yield adapter
    await adapter.close()


async def sent(adapter: Telegram, api: BotApi, message: Message, shown: str = "") -> str | None:
    return await adapter.send(f"tg:{api.id}:{CHAT}", message, shown)


def message(*attachments: Attachment, copyable: str = "", buttons: bool = False) -> Message:
    choices = (YES,) if buttons else ()
    return Message("decide/x", "Here.", choices, attachments=attachments, copyable=copyable)


async def test_a_picture_is_a_photo_and_the_rest_are_files(adapter: Telegram, api: BotApi) -> None:
    assert await sent(adapter, api, message(PICTURE, NOTES, EVENT)) is None
    text, photo, notes, event = api.sent(CHAT)
    assert (text.text, photo.kind, notes.kind, event.kind) == ("Here.", "photo", "document", "document")
    assert photo.text == "Go with eyes open. There may be something in it for you."
    for shown, attachment in ((photo, PICTURE), (notes, NOTES), (event, EVENT)):
        assert shown.file == (attachment.name, made(attachment).content)
    assert api.calls("sendDocument")[0].parameters["disable_content_type_detection"] in (True, "true")


async def test_the_buttons_stay_below_the_files(adapter: Telegram, api: BotApi) -> None:
    shown = await sent(adapter, api, message(PICTURE, NOTES, buttons=True))
    assert [each.kind for each in api.sent(CHAT)] == ["photo", "document", "text"]
    assert api.question(CHAT) is api.last(CHAT)
    assert shown
    assert json.loads(shown) == {"id": api.last(CHAT).id, "text": "Here."}


async def test_an_answer_in_its_questions_place_brings_its_files_below(
    adapter: Telegram, api: BotApi
) -> None:
    stands = await sent(adapter, api, message(buttons=True))
    assert stands
    said = Message("decide/said", "You said: Yes", replaces=1, attachments=(NOTES,))
    assert await sent(adapter, api, said, stands) == ""
    question, file = api.sent(CHAT)
    assert (question.text, question.live) == ("Here.\n\nYou said: Yes", False)
    assert file.file == (NOTES.name, NOTES.data.encode())


async def test_a_picture_that_is_no_photo_comes_as_a_file(adapter: Telegram, api: BotApi) -> None:
    api.fail("sendPhoto", how=400)
    await sent(adapter, api, message(PICTURE))
    assert [each.kind for each in api.sent(CHAT)] == ["text", "document"]


@pytest.mark.parametrize("broken", [True, False])
async def test_a_file_that_cannot_be_is_left_out_kindly_and_the_rest_comes(
    broken: bool, adapter: Telegram, api: BotApi, caplog: pytest.LogCaptureFixture
) -> None:
    if not broken:
        api.fail("sendDocument", how=400)
    await sent(adapter, api, message(BROKEN if broken else NOTES, EVENT, buttons=True))
    assert [each.kind for each in api.sent(CHAT)] == ["text", "document", "text"]
    assert api.texts(CHAT)[0] == own("en", "file_left")
    assert api.question(CHAT)
    assert "left out" in caplog.text


@pytest.mark.parametrize(
    ("how", "error"), [("fast", TooFastError), (403, GoneError), (500, Exception), ("reset", Exception)]
)
async def test_what_is_about_more_than_the_file_is_raised(
    how: str | int, error: type[Exception], adapter: Telegram, api: BotApi
) -> None:
    if how == "fast":
        api.too_fast(CHAT)
    else:
        api.fail("sendPhoto", how=how)  # type: ignore[arg-type]
    with pytest.raises(error):
        await sent(adapter, api, message(PICTURE, buttons=True))
    assert not api.sent(CHAT)


async def test_nobody_there_is_said_of_files_too(adapter: Telegram, api: BotApi) -> None:
    with pytest.raises(GoneError):
        await adapter.send(f"tg:{api.id}:43", message(PICTURE, buttons=True), "")


async def test_what_fits_a_button_is_copied_by_one(adapter: Telegram, api: BotApi) -> None:
    note = "Dear <b>@all</b>,\n\nno & thanks. " + "x" * 200
    await sent(adapter, api, message(copyable=note, buttons=True))
    (shown,) = api.sent(CHAT)
    assert shown.text == f"Here.\n\n{note}"
    assert shown.buttons[0]["copy_text"] == {"text": note}
    assert [each["type"] for each in shown.entities if each["offset"] > 5] == ["blockquote"]


async def test_an_answer_with_something_to_copy_comes_below_its_closed_question(
    adapter: Telegram, api: BotApi
) -> None:
    stands = await sent(adapter, api, message(buttons=True))
    assert stands
    said = Message("decide/said", "You said: Yes", replaces=1, copyable="No.")
    assert await sent(adapter, api, said, stands) == ""
    question, answer = api.sent(CHAT)
    assert (question.text, question.live) == ("Here.", False)
    assert answer.buttons[0]["copy_text"] == {"text": "No."}


async def test_what_can_be_copied_stays_when_the_buttons_go(adapter: Telegram, api: BotApi) -> None:
    stands = await sent(adapter, api, message(copyable="No.", buttons=True))
    assert stands
    await sent(adapter, api, message(buttons=True), stands)
    note, question = api.sent(CHAT)
    assert (note.text, note.live, question.live) == ("Here.\n\nNo.", False, True)


async def test_what_is_there_already_is_not_said_twice(adapter: Telegram, api: BotApi) -> None:
    text = "Copy it:\n\n<blockquote>No,\nthank you.</blockquote>"
    await sent(adapter, api, Message("decide/x", text, copyable="No, thank you."))
    (shown,) = api.sent(CHAT)
    assert shown.text == "Copy it:\n\nNo,\nthank you."
    assert shown.buttons[0]["copy_text"] == {"text": "No, thank you."}


@pytest.mark.parametrize(
    ("note", "messages"), [("x" * 257, 1), ("😀" * 129, 1), ("x" * 5000, 2), ("<b>long</b> " * 500, 2)]
)
async def test_what_is_too_long_for_a_button_is_a_message_to_tap_on(
    note: str, messages: int, adapter: Telegram, api: BotApi
) -> None:
    await sent(adapter, api, message(copyable=note, buttons=True))
    text, *notes = api.sent(CHAT)
    assert text.text == "Here."
    assert len(notes) == messages
    assert "".join("".join(each.text.split()) for each in notes) == "".join(note.split())
    assert all([entity["type"] for entity in each.entities] == ["code"] for each in notes)
    assert api.question(CHAT) is notes[-1]
    assert not any("copy_text" in button for each in api.sent(CHAT) for button in each.buttons)
