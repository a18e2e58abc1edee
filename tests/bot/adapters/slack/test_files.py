"""Files that go with a message, and what can be copied, in Slack; and that the stub takes none wrongly."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.adapters.slack import Slack, SlackSettings
from bot.attachments import made
from bot.turn import GoneError, TooFastError
from dialogs.events import Attachment, Choice, Message
from tests.bot.adapters.slack.conftest import own
from tests.bot.adapters.slack.people import Person
from tests.bot.adapters.slack.server import TEAM, SlackApi
from tests.bot.cards import BROKEN, EVENT, NOTES, PICTURE

YES = Choice("decide/x:yes~1", "Yes")


@pytest.fixture
def anna(api: SlackApi) -> Person:
    return api.person()


@pytest.fixture
async def adapter(api: SlackApi) -> AsyncIterator[Slack]:
    settings = SlackSettings(bot_token=api.token, app_token=api.app.app_token, api=api.url)
    adapter = Slack(settings, own, "sqlite:///:memory:")
    yield adapter
    await adapter.close()


async def sent(adapter: Slack, anna: Person, message: Message, shown: str = "") -> str | None:
    return await adapter.send(f"slack:{TEAM}:{anna.id}", message, shown)


def message(*attachments: Attachment, copyable: str = "", buttons: bool = False) -> Message:
    choices = (YES,) if buttons else ()
    return Message("decide/x", "Here.", choices, attachments=attachments, copyable=copyable)


async def test_files_come_below_their_message_in_the_direct_messages(
    adapter: Slack, api: SlackApi, anna: Person
) -> None:
    shown = await sent(adapter, anna, message(PICTURE, NOTES, EVENT, buttons=True))
    text, files = anna.sent
    assert (text.says, text.live, files.live) == ("Here.", True, False)
    names = [attachment.name for attachment in (PICTURE, NOTES, EVENT)]
    assert [(file["name"], file["title"]) for file in files.files] == list(zip(names, names, strict=True))
    for upload, attachment in zip(api.uploads.known.values(), (PICTURE, NOTES, EVENT), strict=True):
        file = made(attachment)
        assert (upload.content, upload.media) == (file.content, file.media.partition(";")[0])
        assert upload.alt == file.alt
    assert shown
    assert json.loads(shown)["ts"] == text.ts
    assert not api.refusals


async def test_an_answer_in_its_questions_place_brings_its_files_below(
    adapter: Slack, api: SlackApi, anna: Person
) -> None:
    stands = await sent(adapter, anna, message(buttons=True))
    assert stands
    said = Message("decide/said", "You said: Yes", replaces=1, attachments=(NOTES,))
    assert await sent(adapter, anna, said, stands) == ""
    question, files = anna.sent
    assert not question.live
    assert [file["name"] for file in files.files] == [NOTES.name]


async def test_a_token_that_may_not_says_so_kindly(
    adapter: Slack, api: SlackApi, anna: Person, caplog: pytest.LogCaptureFixture
) -> None:
    api.tokens.issued[api.token].scopes = ("chat:write", "commands", "im:history")
    await sent(adapter, anna, message(NOTES, buttons=True))
    said, text = anna.sent
    assert said.plain == " ".join(own("en", "file_scope").split())
    assert "files:write" in said.plain
    assert (text.says, text.live) == ("Here.", True)
    assert "missing_scope" in caplog.text


@pytest.mark.parametrize(
    ("method", "how"),
    [
        ("", ""),
        ("files.getUploadURLExternal", "storage_limit_reached"),
        ("upload", 413),
        ("files.completeUploadExternal", "posting_to_channel_denied"),
    ],
)
async def test_a_file_that_cannot_be_is_left_out_kindly_and_the_rest_comes(
    method: str, how: str | int, adapter: Slack, api: SlackApi, anna: Person
) -> None:
    if method:
        api.fail(method, 1, how)
    await sent(adapter, anna, message(NOTES if method else BROKEN, buttons=True))
    assert sorted(anna.texts) == sorted([own("en", "file_left"), "Here.\n\n1. Yes"])
    assert anna.question
    assert not any(shown.files for shown in anna.sent)


@pytest.mark.parametrize(
    ("method", "how", "error"),
    [
        ("files.getUploadURLExternal", "ratelimited", Exception),
        ("files.getUploadURLExternal", "channel_not_found", GoneError),
        ("files.getUploadURLExternal", 503, ConnectionError),
        ("files.getUploadURLExternal", "reset", Exception),
        ("upload", 503, aiohttp.ClientResponseError),
    ],
)
async def test_what_is_about_more_than_the_file_is_raised_before_anything_is_said(
    method: str, how: str | int, error: type[Exception], adapter: Slack, api: SlackApi, anna: Person
) -> None:
    api.fail(method, 1, how)
    with pytest.raises(error):
        await sent(adapter, anna, message(NOTES, buttons=True))
    assert not anna.sent
    await sent(adapter, anna, message(NOTES, buttons=True))
    assert len(anna.live) == 1


async def test_too_fast_is_said_of_files_too(adapter: Slack, api: SlackApi, anna: Person) -> None:
    api.fail("files.completeUploadExternal", 1, 429)
    with pytest.raises(TooFastError):
        await sent(adapter, anna, message(NOTES))


async def test_what_can_be_copied_is_a_quotation_without_meaning(
    adapter: Slack, api: SlackApi, anna: Person
) -> None:
    await sent(adapter, anna, message(copyable="Dear <!channel> & @here,\n\nno thanks."))
    (shown,) = anna.sent
    text = "Here.\n\n> Dear &lt;!channel&gt; &amp; @here,\n>\n> no thanks."
    assert [block["text"]["text"] for block in shown.blocks] == [text]
    assert not api.unmeant


async def test_an_answer_with_something_to_copy_comes_below_its_closed_question(
    adapter: Slack, api: SlackApi, anna: Person
) -> None:
    stands = await sent(adapter, anna, message(buttons=True))
    assert stands
    said = Message("decide/said", "You said: Yes", replaces=1, copyable="No.")
    assert await sent(adapter, anna, said, stands) == ""
    question, answer = anna.sent
    assert (question.says, question.live) == ("Here.", False)
    assert answer.blocks[0]["text"]["text"] == "You said: Yes\n\n> No."


async def test_what_can_be_copied_stays_when_the_buttons_go(adapter: Slack, anna: Person) -> None:
    stands = await sent(adapter, anna, message(copyable="No.", buttons=True))
    assert stands
    await sent(adapter, anna, message(buttons=True), stands)
    note, question = anna.sent
    assert (note.live, question.live) == (False, True)
    assert note.blocks[0]["text"]["text"] == "Here.\n\n> No."


async def test_what_is_there_already_is_not_said_twice(adapter: Slack, anna: Person) -> None:
    text = "Copy it:\n\n<blockquote>No,\nthank you.</blockquote>"
    await sent(adapter, anna, Message("decide/x", text, copyable="No, thank you."))
    assert anna.texts[0].count("No,") == 1


# --- the stub ---


async def refused(call: Awaitable[Any]) -> str:
    with pytest.raises(SlackApiError) as caught:
        await call
    return str(caught.value.response["error"])


@pytest.fixture
def client(api: SlackApi) -> AsyncWebClient:
    return AsyncWebClient(token=api.token, base_url=api.url, retry_handlers=[], timeout=20)


async def upload(url: str, content: bytes) -> int:
    async with aiohttp.ClientSession() as session, session.post(url, data=content) as answer:
        return answer.status


async def test_the_librarys_own_upload_is_taken(client: AsyncWebClient, api: SlackApi, anna: Person) -> None:
    done = await client.files_upload_v2(
        content="one", filename="a.txt", title="A", channel=anna.channel.id, alt_txt="words"
    )
    assert done["files"][0]["title"] == "A"
    (shown,) = anna.sent
    assert [file["size"] for file in shown.files] == [3]


@pytest.mark.parametrize(
    "asked",
    [
        {"filename": "a.txt", "length": 0},
        {"filename": "a.txt", "length": -1},
        {"filename": "a.txt", "length": 1 << 31},
        {"filename": "", "length": 3},
        {"filename": "../a.txt", "length": 3},
        {"filename": "a.txt", "length": 3, "alt_txt": "x" * 1001},
        {"filename": "a.txt", "length": 3, "strange": "1"},
    ],
)
async def test_an_upload_that_is_none_is_refused(client: AsyncWebClient, asked: dict[str, Any]) -> None:
    assert await refused(client.files_getUploadURLExternal(**asked)) == "invalid_arguments"


async def test_without_the_scope_files_are_refused(client: AsyncWebClient, api: SlackApi) -> None:
    api.tokens.issued[api.token].scopes = ("chat:write",)
    assert await refused(client.files_getUploadURLExternal(filename="a", length=1)) == "missing_scope"
    assert await refused(client.files_completeUploadExternal(files=[{"id": "F1"}])) == "missing_scope"


async def test_bytes_must_be_those_that_were_announced(client: AsyncWebClient, api: SlackApi) -> None:
    given = await client.files_getUploadURLExternal(filename="a.txt", length=3)
    files = [{"id": given["file_id"], "title": "a"}]
    assert await upload(given["upload_url"], b"four") == 400
    assert await refused(client.files_completeUploadExternal(files=files)) == "file_not_found"
    assert await upload(given["upload_url"], b"one") == 200
    await client.files_completeUploadExternal(files=files)
    assert await refused(client.files_completeUploadExternal(files=files)) == "file_not_found"
    assert await upload(given["upload_url"], b"one") == 404
    assert await upload(f"{api.root}/upload/v1/F0", b"one") == 404


async def test_a_file_goes_to_a_conversation_of_ones_own(
    client: AsyncWebClient, api: SlackApi, anna: Person
) -> None:
    given = await client.files_getUploadURLExternal(filename="a.txt", length=3)
    await upload(given["upload_url"], b"one")
    files = [{"id": given["file_id"], "title": "a"}]
    for channel, why in ((anna.id, "invalid_channel"), ("C0NONE", "channel_not_found")):
        assert await refused(client.files_completeUploadExternal(files=files, channel_id=channel)) == why
    other = api.install("T0OTHER").value
    stranger = AsyncWebClient(token=other, base_url=api.url, retry_handlers=[])
    assert await refused(stranger.files_completeUploadExternal(files=files)) == "file_not_found"
    bad = client.api_call("files.completeUploadExternal", params={"files": "[{}]"})
    assert await refused(bad) == "invalid_arguments"
