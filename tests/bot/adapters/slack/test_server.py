"""The Slack that the tests run against refuses what Slack refuses, and tells what Slack tells."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import aiohttp
import pytest
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.errors import SlackApiError
from slack_sdk.oauth.installation_store import Bot
from slack_sdk.oauth.token_rotation.async_rotator import AsyncTokenRotator
from slack_sdk.signature import SignatureVerifier
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from tests.bot.adapters.slack import payloads, rules
from tests.bot.adapters.slack.delivery import Delivery
from tests.bot.adapters.slack.people import Person
from tests.bot.adapters.slack.rules import Json, RefusedError
from tests.bot.adapters.slack.server import TEAM, SlackApi

Call = Callable[[], Awaitable[object]]


@pytest.fixture
async def api() -> AsyncIterator[SlackApi]:
    # On a busy machine three seconds are soon over.
    async with SlackApi(ack_within=15.0, trigger_lasts=60.0) as api:
        yield api


@pytest.fixture
def anna(api: SlackApi) -> Person:
    return api.person()


@pytest.fixture
def client(api: SlackApi) -> AsyncWebClient:
    return client_of(api)


def client_of(api: SlackApi, token: str | None = "") -> AsyncWebClient:
    # Nothing is tried again behind the tests' back.
    return AsyncWebClient(
        token=api.token if token == "" else token, base_url=api.url, retry_handlers=[], timeout=20
    )


async def refused(call: Awaitable[object]) -> Json:
    """What Slack answers to a call that it refuses."""
    with pytest.raises(SlackApiError) as caught:
        await call
    data: Json = caught.value.response.data
    return data


# --- blocks ---


def words(text: str = "Well?", kind: str = "plain_text") -> Json:
    return {"type": kind, "text": text}


def option(text: str = "Yes", value: str = "yes") -> Json:
    return {"text": words(text), "value": value}


def button(text: str = "Yes", **more: Any) -> Json:
    return {"type": "button", "action_id": "yes", "text": words(text), "value": "yes", **more}


def boxes(*labels: str, **more: Any) -> Json:
    options = [option(label, label.lower()) for label in labels]
    return {"type": "checkboxes", "action_id": "boxes", "options": options, **more}


def actions(*elements: Json, **more: Any) -> Json:
    return {"type": "actions", "elements": list(elements), **more}


def section(text: str = "Well?", **more: Any) -> Json:
    return {"type": "section", "text": words(text, "mrkdwn"), **more}


def header(text: str) -> Json:
    return {"type": "header", "text": words(text)}


def entry(**more: Any) -> Json:
    element = {"type": "plain_text_input", "action_id": "entry", **more}
    return {"type": "input", "block_id": "input", "label": words("Your words"), "element": element}


def many(build: Callable[[int], Json], count: int) -> list[Json]:
    return [build(number) for number in range(count)]


def modal(*blocks: Json, **more: Any) -> Json:
    view = {"type": "modal", "callback_id": "modal", "title": words("Title"), "submit": words("Send")}
    return {**view, "blocks": list(blocks) or [section()], **more}


def home(*blocks: Json, **more: Any) -> Json:
    return {"type": "home", "blocks": list(blocks) or [section()], **more}


QUESTION = [section("Well?"), actions(button("Yes"), button("No", action_id="no"), block_id="answers")]
SEVERAL = [
    section("Which?"),
    actions(boxes("Pay", "Way"), button("Done", style="primary", action_id="done"), block_id="several"),
]

# Each builds blocks at a size; up to the figure they are taken, and one more is refused.
LIMITS: dict[str, tuple[int, Callable[[int], list[Json]], str]] = {
    "blocks": (50, lambda n: many(lambda _: {"type": "divider"}, n), "/blocks"),
    "section": (3000, lambda n: [section("x" * n)], "/blocks/0/text/text"),
    "header": (150, lambda n: [header("x" * n)], "/blocks/0/text/text"),
    "button text": (75, lambda n: [actions(button("x" * n))], "/blocks/0/elements/0/text/text"),
    "button value": (2000, lambda n: [actions(button(value="x" * n))], "/blocks/0/elements/0/value"),
    "button url": (
        3000,
        lambda n: [actions(button(url="https://e.org/".ljust(n, "x")))],
        "/blocks/0/elements/0/url",
    ),
    "option text": (75, lambda n: [actions(boxes("x" * n))], "/blocks/0/elements/0/options/0/text/text"),
    "option value": (
        150,
        lambda n: [actions({**boxes(), "options": [option("x", "x" * n)]})],
        "/blocks/0/elements/0/options/0/value",
    ),
    "option description": (
        75,
        lambda n: [actions({**boxes(), "options": [{**option(), "description": words("x" * n)}]})],
        "/blocks/0/elements/0/options/0/description/text",
    ),
    "checkboxes": (
        10,
        lambda n: [actions(boxes(*(f"Option {number}" for number in range(n))))],
        "/blocks/0/elements/0/options",
    ),
    "actions": (
        25,
        lambda n: [actions(*many(lambda number: button(action_id=f"a{number}"), n))],
        "/blocks/0/elements",
    ),
    "context": (
        10,
        lambda n: [{"type": "context", "elements": many(lambda _: words(), n)}],
        "/blocks/0/elements",
    ),
    "fields": (10, lambda n: [{"type": "section", "fields": many(lambda _: words(), n)}], "/blocks/0/fields"),
    "field": (2000, lambda n: [{"type": "section", "fields": [words("x" * n)]}], "/blocks/0/fields/0/text"),
    "action_id": (
        255,
        lambda n: [actions(button(action_id="x" * n))],
        "/blocks/0/elements/0/action_id",
    ),
    "block_id": (255, lambda n: [section(block_id="x" * n)], "/blocks/0/block_id"),
    "label": (
        2000,
        lambda n: [{**entry(), "label": words("x" * n)}],
        "/blocks/0/label/text",
    ),
    "placeholder": (
        150,
        lambda n: [entry(placeholder=words("x" * n))],
        "/blocks/0/element/placeholder/text",
    ),
    "input": (3000, lambda n: [entry(max_length=n)], "/blocks/0/element/max_length"),
}


@pytest.mark.parametrize("name", LIMITS)
async def test_each_limit_of_blocks_is_the_last_that_is_taken(
    name: str, client: AsyncWebClient, anna: Person
) -> None:
    most, build, at = LIMITS[name]
    await client.chat_postMessage(channel=anna.channel.id, text="Well?", blocks=build(most))
    answer = await refused(
        client.chat_postMessage(channel=anna.channel.id, text="Well?", blocks=build(most + 1))
    )
    assert answer["error"] == "invalid_blocks"
    assert any(f"[json-pointer:{at}]" in words for words in answer["errors"])
    assert answer["response_metadata"]["messages"] == [f"[ERROR] {words}" for words in answer["errors"]]
    assert len(anna.sent) == 1


CONFIRM = {"title": words(), "text": words(), "confirm": words("Yes"), "deny": words("No")}
DATE = {"type": "datepicker", "action_id": "date"}
WRONG: dict[str, list[Json]] = {
    "a block that there isn't": [{"type": "paragraph", "text": words()}],
    "no type": [{"text": words()}],
    "a section of nothing": [{"type": "section"}],
    "an empty text": [section("")],
    "a text that is a string": [{"type": "section", "text": "Well?"}],
    "mrkdwn on a button": [actions(button() | {"text": words("*Yes*", "mrkdwn")})],
    "mrkdwn in a header": [{"type": "header", "text": words("*Well*", "mrkdwn")}],
    "no actions": [actions()],
    "an empty value": [actions(button(value=""))],
    "a style that there isn't": [actions(button(style="success"))],
    "no label on a button": [actions({"type": "button", "action_id": "a", "value": "v"})],
    "a property that a button hasn't": [actions(button(colour="red"))],
    "a property that a section hasn't": [section(colour="red")],
    "a property that a text hasn't": [section() | {"text": {**words(), "size": 3}}],
    "two of one action_id": [actions(button("Yes"), button("No"))],
    "two of one block_id": [section(block_id="same"), section(block_id="same")],
    "an empty block_id": [section(block_id="")],
    "checkboxes without options": [actions(boxes())],
    "an option without a value": [actions({**boxes(), "options": [{"text": words()}]})],
    "ticked what isn't there": [actions(boxes("Pay", initial_options=[option("Way", "way")]))],
    "nothing ticked, as an empty list": [actions(boxes("Pay", initial_options=[]))],
    "the 30th of February": [actions({**DATE, "initial_date": "2030-02-30"})],
    "a date in words": [actions({**DATE, "initial_date": "tomorrow"})],
    "an input among actions": [actions(entry()["element"])],
    "a button in an input": [{**entry(), "element": button()}],
    "an image without words": [{"type": "image", "image_url": "https://example.org/a.png"}],
    "an initial value that is too long": [entry(max_length=3, initial_value="four")],
    "half a confirmation": [actions(button(confirm={"title": words()}))],
    "a long confirmation": [actions(button(confirm={**CONFIRM, "deny": words("x" * 31)}))],
}


@pytest.mark.parametrize("name", WRONG)
async def test_blocks_that_are_wrong(name: str, client: AsyncWebClient, anna: Person) -> None:
    answer = await refused(client.chat_postMessage(channel=anna.channel.id, text="Well?", blocks=WRONG[name]))
    assert answer["error"] == "invalid_blocks"
    assert answer["errors"]
    assert all("[json-pointer:/blocks/" in words for words in answer["errors"])
    assert not anna.sent


async def test_blocks_that_are_right(client: AsyncWebClient, anna: Person) -> None:
    blocks = [
        header("Well"),
        section("*Well*?", accessory=button(confirm=CONFIRM)),
        {"type": "divider"},
        {"type": "context", "elements": [words("_so_", "mrkdwn")]},
        actions({**DATE, "initial_date": "2030-02-28", "placeholder": words("Pick a day")}),
        actions(boxes("Pay", "Way", initial_options=[option("Pay", "pay")])),
        actions({"type": "overflow", "action_id": "more", "options": [option(), option("No", "no")]}),
        actions({"type": "radio_buttons", "action_id": "one", "options": [option()]}),
        actions({"type": "static_select", "action_id": "menu", "options": [option()]}),
        {**entry(multiline=True, max_length=500), "optional": True, "hint": words("Or not")},
        {
            "type": "rich_text",
            "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "<!channel>"}]}],
        },
    ]
    await client.chat_postMessage(channel=anna.channel.id, text="Well?", blocks=blocks)
    assert anna.last.says == "Well\n\nWell?\n\nso\n\nYour words\n\n<!channel>"


async def test_a_message_is_too_long_altogether(client: AsyncWebClient, anna: Person) -> None:
    fits = [*(section("x" * 3000) for _ in range(4)), section("x" * 1000)]
    await client.chat_postMessage(channel=anna.channel.id, text="Well?", blocks=fits)
    answer = await refused(
        client.chat_postMessage(channel=anna.channel.id, text="Well?", blocks=[*fits, section("x")])
    )
    assert answer["error"] == "msg_blocks_too_long"
    await client.chat_postMessage(channel=anna.channel.id, text="x" * 4000)
    for call in (
        client.chat_postMessage(channel=anna.channel.id, text="x" * 4001),
        client.chat_update(channel=anna.channel.id, ts=anna.last.ts, text="x" * 4001),
        client.chat_postEphemeral(channel=anna.channel.id, user=anna.id, text="x" * 4001),
    ):
        assert (await refused(call))["error"] == "msg_too_long"


@pytest.mark.filterwarnings("ignore:The top-level `text` argument is missing")
async def test_every_message_has_a_text(client: AsyncWebClient, anna: Person) -> None:
    await client.chat_postMessage(channel=anna.channel.id, text="Well?", blocks=QUESTION)
    for text in (None, "", " \n"):
        for call in (
            client.chat_postMessage(channel=anna.channel.id, text=text, blocks=QUESTION),
            client.chat_update(channel=anna.channel.id, ts=anna.last.ts, text=text, blocks=QUESTION),
            client.chat_postEphemeral(channel=anna.channel.id, user=anna.id, text=text, blocks=QUESTION),
        ):
            assert (await refused(call))["error"] == "no_text"


async def test_blocks_that_are_no_list(client: AsyncWebClient, anna: Person) -> None:
    for blocks in ("{", {"type": "section"}, ["section"]):
        body = {"channel": anna.channel.id, "text": "Well?", "blocks": blocks}
        answer = await refused(client.api_call("chat.postMessage", json=body))
        assert answer["error"] == "invalid_blocks_format"


# --- views ---

VIEW_LIMITS: dict[str, tuple[int, Callable[[int], Json], str]] = {
    "blocks": (100, lambda n: modal(*many(lambda _: section(), n)), "/view/blocks"),
    "title": (24, lambda n: modal(title=words("x" * n)), "/view/title/text"),
    "submit": (24, lambda n: modal(submit=words("x" * n)), "/view/submit/text"),
    "close": (24, lambda n: modal(close=words("x" * n)), "/view/close/text"),
    "private_metadata": (3000, lambda n: modal(private_metadata="x" * n), "/view/private_metadata"),
    "callback_id": (255, lambda n: modal(callback_id="x" * n), "/view/callback_id"),
    "external_id": (255, lambda n: modal(external_id="x" * n), "/view/external_id"),
    "section": (3000, lambda n: modal(section("x" * n)), "/view/blocks/0/text/text"),
}


@pytest.mark.parametrize("name", VIEW_LIMITS)
async def test_each_limit_of_views_is_the_last_that_is_taken(
    name: str, api: SlackApi, client: AsyncWebClient, anna: Person
) -> None:
    most, build, at = VIEW_LIMITS[name]
    trigger = api.trigger(TEAM, anna.id)
    # What is refused for its arguments doesn't use the trigger up.
    answer = await refused(client.views_open(trigger_id=trigger, view=build(most + 1)))
    assert answer["error"] == "invalid_arguments"
    assert any(f"[json-pointer:{at}]" in words for words in answer["response_metadata"]["messages"])
    assert anna.modal is None
    await client.views_open(trigger_id=trigger, view=build(most))
    assert anna.modal is not None


WRONG_VIEWS: dict[str, Json] = {
    "no title": {key: value for key, value in modal().items() if key != "title"},
    "an input and nothing to submit": {k: v for k, v in modal(entry()).items() if k != "submit"},
    "no blocks": {**modal(), "blocks": []},
    "blocks that are no list": {**modal(), "blocks": None},
    "a Home tab": home(),
    "a property that there isn't": modal(colour="red"),
    "mrkdwn in the title": modal(title=words("*Well*", "mrkdwn")),
    "two of one block_id": modal(section(block_id="same"), section(block_id="same")),
}


@pytest.mark.parametrize("name", WRONG_VIEWS)
async def test_modals_that_are_wrong(name: str, api: SlackApi, client: AsyncWebClient, anna: Person) -> None:
    call = client.views_open(trigger_id=api.trigger(TEAM, anna.id), view=WRONG_VIEWS[name])
    answer = await refused(call)
    assert answer["error"] == "invalid_arguments"
    assert answer["response_metadata"]["messages"]


async def test_a_view_is_too_large(api: SlackApi, client: AsyncWebClient, anna: Person) -> None:
    large = modal(*many(lambda _: section("x" * 2900), 90))
    call = client.views_open(trigger_id=api.trigger(TEAM, anna.id), view=large)
    assert (await refused(call))["error"] == "view_too_large"


async def test_the_home_tab(api: SlackApi, client: AsyncWebClient, anna: Person) -> None:
    first = await client.views_publish(user_id=anna.id, view=home(*many(lambda _: section(), 100)))
    assert anna.home is not None
    for wrong in (
        home(*many(lambda _: section(), 101)),
        home(submit=words("Send")),
        home(title=words("Title")),
        modal(),
    ):
        answer = await refused(client.views_publish(user_id=anna.id, view=wrong))
        assert answer["error"] == "invalid_arguments"
    view: Json = first["view"]
    await client.views_publish(user_id=anna.id, view=home(*QUESTION), hash=view["hash"])
    assert anna.home.labels == ["Yes", "No"]
    late = client.views_publish(user_id=anna.id, view=home(), hash=view["hash"])
    assert (await refused(late))["error"] == "hash_conflict"
    stranger = client.views_publish(user_id="U0NOBODY", view=home())
    assert (await refused(stranger))["error"] == "user_not_found"
    assert anna.home.labels == ["Yes", "No"]


async def test_triggers(api: SlackApi, client: AsyncWebClient, anna: Person) -> None:
    async def error(trigger: str) -> Any:
        return (await refused(client.views_open(trigger_id=trigger, view=modal())))["error"]

    used = api.trigger(TEAM, anna.id)
    await client.views_open(trigger_id=used, view=modal())
    assert await error(used) == "exchanged_trigger_id"
    assert await error("1.2.made-up") == "invalid_trigger_id"
    old = api.trigger(TEAM, anna.id)
    api.ages(60.1)
    assert await error(old) == "expired_trigger_id"


async def test_views_on_top_of_views(api: SlackApi, client: AsyncWebClient, anna: Person) -> None:
    def trigger(in_modal: bool = True) -> str:
        return api.trigger(TEAM, anna.id, in_modal=in_modal)

    nothing_open = client.views_push(trigger_id=trigger(), view=modal())
    assert (await refused(nothing_open))["error"] == "not_found"
    await client.views_open(trigger_id=trigger(False), view=modal(external_id="one"))
    from_outside = client.views_push(trigger_id=trigger(False), view=modal())
    assert (await refused(from_outside))["error"] == "not_found"
    twice = client.views_push(trigger_id=trigger(), view=modal(external_id="one"))
    assert (await refused(twice))["error"] == "duplicate_external_id"
    for _ in range(2):
        await client.views_push(trigger_id=trigger(), view=modal())
    fourth = client.views_push(trigger_id=trigger(), view=modal())
    assert (await refused(fourth))["error"] == "push_limit_reached"
    top = anna.modal
    assert top is not None
    assert [each.previous for each in anna.modals] == [None, anna.modals[0].id, anna.modals[1].id]
    before = top.hash
    await client.views_update(view=modal(title=words("New")), view_id=top.id, hash=before)
    assert top.title == "New"
    late = client.views_update(view=modal(), view_id=top.id, hash=before)
    assert (await refused(late))["error"] == "hash_conflict"
    await client.views_update(view=modal(title=words("Root"), external_id="one"), external_id="one")
    assert anna.modals[0].title == "Root"
    gone = client.views_update(view=modal(), view_id="V0GONE")
    assert (await refused(gone))["error"] == "not_found"


# --- messages ---


async def test_a_message_is_changed_and_taken_away(client: AsyncWebClient, anna: Person) -> None:
    opened = await client.conversations_open(users=anna.id)
    channel: str = opened["channel"]["id"]
    assert channel == anna.channel.id
    posted = await client.chat_postMessage(channel=channel, text="*Well*?", blocks=QUESTION)
    ts: str = posted["ts"]
    assert [shown.plain for shown in anna.live] == ["Well?"]
    assert anna.labels == ["Yes", "No"]
    # Blocks that aren't named stay: that is how old buttons survive.
    await client.chat_update(channel=channel, ts=ts, text="You said: yes")
    assert anna.labels == ["Yes", "No"]
    await client.chat_update(channel=channel, ts=ts, text="You said: yes", blocks=[])
    assert anna.question is None
    assert anna.texts == ["You said: yes"]
    assert [version.plain for version in anna.last.versions] == ["Well?", "You said: yes", "You said: yes"]
    await client.chat_delete(channel=channel, ts=ts)
    assert not anna.chat
    assert len(anna.history) == 1


async def test_to_somebody_by_their_id(client: AsyncWebClient, anna: Person) -> None:
    posted = await client.chat_postMessage(channel=anna.id, text="Hello")
    assert posted["channel"] == anna.channel.id
    assert anna.texts == ["Hello"]


async def test_messages_that_are_refused(api: SlackApi, client: AsyncWebClient, anna: Person) -> None:
    api.deliver_over("http", "http://127.0.0.1:9")
    await anna.says("Hi")
    theirs = anna.mine[0]
    there = api.channel("C0QUIET", "quiet")
    api.channel("C0LOUD", "loud", has_bot=True)
    ephemeral = await client.chat_postEphemeral(channel=anna.channel.id, user=anna.id, text="Psst")
    posted = await client.chat_postMessage(channel=anna.channel.id, text="Old")
    anna.last.too_old = True
    dm = anna.channel.id
    refusals = {
        "channel_not_found": client.chat_postMessage(channel="D0NOBODY", text="Hi"),
        "not_in_channel": client.chat_postMessage(channel=there.id, text="Hi"),
        "message_not_found": client.chat_update(channel=dm, ts="1.2", text="Hi"),
        "cant_update_message": client.chat_update(channel=dm, ts=theirs.ts, text="Hi"),
        "cant_delete_message": client.chat_delete(channel=dm, ts=theirs.ts),
        "edit_window_closed": client.chat_update(channel=dm, ts=posted["ts"], text="Hi"),
        "user_not_found": client.conversations_open(users="U0NOBODY"),
        "user_not_in_channel": client.chat_postEphemeral(
            channel=dm, user=api.person(user="U0BEN").id, text="Hi"
        ),
        "thread_not_found": client.chat_postMessage(channel=dm, text="Hi", thread_ts="1.2"),
        "invalid_metadata_schema": client.chat_postMessage(
            channel=dm, text="Hi", metadata={"event_type": "a"}
        ),
        "missing_scope": client.users_info(user=anna.id),
    }
    for error, call in refusals.items():
        assert (await refused(call))["error"] == error
    for call in (
        client.chat_update(channel=dm, ts=ephemeral["message_ts"], text="Hi"),
        client.chat_delete(channel=dm, ts="1.2"),
    ):
        assert (await refused(call))["error"] == "message_not_found"
    nobody = client.chat_postEphemeral(channel="C0LOUD", user="U0NOBODY", text="Hi")
    assert (await refused(nobody))["error"] == "user_not_found"
    assert {made.error for made in api.refusals} == {*refusals, "message_not_found"}


async def test_methods_and_arguments_that_there_are_not(
    api: SlackApi, client: AsyncWebClient, anna: Person
) -> None:
    assert (await refused(client.api_test()))["error"] == "unknown_method"
    strange = client.chat_postMessage(channel=anna.channel.id, text="Hi", colour="red")
    answer = await refused(strange)
    assert answer["error"] == "invalid_arguments"
    assert "colour" in answer["response_metadata"]["messages"][0]
    missing = await refused(client.api_call("chat.update", json={"channel": anna.channel.id, "text": "Hi"}))
    assert missing["response_metadata"]["messages"] == ["[ERROR] missing required field: ts"]
    assert not anna.sent


# --- tokens ---


async def test_tokens(api: SlackApi, client: AsyncWebClient, anna: Person) -> None:
    test = await client.auth_test()
    assert (test["team_id"], test["bot_id"], test["is_enterprise_install"]) == (TEAM, "B00WHATIF", False)
    for token, error in (
        (None, "not_authed"),
        ("xoxb-made-up", "invalid_auth"),
        (api.app.app_token, "not_allowed_token_type"),
    ):
        assert (await refused(client_of(api, token).auth_test()))["error"] == error
    reader = client_of(api, api.install(scopes=("users:read",)).value)
    assert (await reader.users_info(user=anna.id))["user"]["name"] == "anna"
    answer = await refused(reader.chat_postMessage(channel=anna.channel.id, text="Hi"))
    assert (answer["error"], answer["needed"]) == ("missing_scope", "chat:write")
    await client.auth_revoke()
    assert (await refused(client.auth_test()))["error"] == "token_revoked"


async def test_workspaces_are_apart(api: SlackApi, client: AsyncWebClient, anna: Person) -> None:
    other = client_of(api, api.install("T0OTHER").value)
    ben = api.person("T0OTHER", "U0BEN")
    posted = await client.chat_postMessage(channel=anna.channel.id, text="Hi", blocks=QUESTION)
    trigger = api.trigger(TEAM, anna.id)
    calls = {
        "channel_not_found": [
            other.chat_postMessage(channel=anna.channel.id, text="Hi"),
            other.chat_postMessage(channel=anna.id, text="Hi"),
            other.chat_update(channel=anna.channel.id, ts=posted["ts"], text="Hi"),
        ],
        "user_not_found": [other.conversations_open(users=anna.id)],
        "invalid_trigger_id": [other.views_open(trigger_id=trigger, view=modal())],
        "team_access_not_granted": [other.chat_postMessage(channel=ben.channel.id, text="Hi", team_id=TEAM)],
    }
    for error, refusals in calls.items():
        for call in refusals:
            assert (await refused(call))["error"] == error
    await other.chat_postMessage(channel=ben.channel.id, text="Hi", team_id="T0OTHER")
    assert anna.texts == ben.texts == ["Hi"]


async def test_an_organisation(api: SlackApi) -> None:
    for team in ("T0ONE", "T0TWO"):
        api.team(team, enterprise="E0ORG")
    org = client_of(api, api.install("T0ONE", org=True).value)
    test = await org.auth_test()
    assert (test["team_id"], test["is_enterprise_install"]) == ("E0ORG", True)
    for team in ("T0ONE", "T0TWO"):
        person = api.person(team, f"U{team}")
        await org.chat_postMessage(channel=person.channel.id, text="Hi", team_id=team)
        assert person.texts == ["Hi"]
        assert person.last.user == test["user_id"]
    outside = org.chat_postMessage(channel=api.person().channel.id, text="Hi")
    assert (await refused(outside))["error"] == "channel_not_found"
    async with Listener(api) as bot:
        await api.person("T0TWO", "U0DORA").says("Hi")
        told = bot.requests[-1].body
        assert told["team_id"] == "T0TWO"
        assert told["authorizations"][0]["team_id"] is None
        assert told["authorizations"][0]["is_enterprise_install"] is True
        await api.app_uninstalled("T0TWO", together=False)
        gone = bot.requests[-1].body
        assert ("team_id" in gone, gone["enterprise_id"]) == (False, "E0ORG")
    assert (await refused(org.auth_test()))["error"] == "token_revoked"


# slack_sdk logs in to OAuth by a class of aiohttp that this calls old.
OLD_LOGIN = pytest.mark.filterwarnings("ignore:BasicAuth is deprecated:DeprecationWarning")
AUTHORIZE = "https://slack.com/oauth/v2/authorize?state=s1&scope=chat:write,commands&client_id="
CALLBACK = "https://bot.example/slack/oauth_redirect"


@OLD_LOGIN
async def test_installing(api: SlackApi) -> None:
    api.team("T0NEW", "New")
    installer = api.person("T0NEW", "U0INST")
    url = f"{AUTHORIZE}{api.app.client_id}&redirect_uri={CALLBACK}"
    callback = urlsplit(installer.authorizes(url))
    assert f"{callback.scheme}://{callback.netloc}{callback.path}" == CALLBACK
    query = parse_qs(callback.query)
    assert query["state"] == ["s1"]
    code = query["code"][0]
    anybody = client_of(api, None)

    async def access(**changes: str) -> Any:
        asked = {
            "client_id": api.app.client_id,
            "client_secret": api.app.client_secret,
            "code": code,
            "redirect_uri": CALLBACK,
        }
        return await anybody.oauth_v2_access(**{**asked, **changes})

    for error, changes in {
        "invalid_client_id": {"client_id": "1.2"},
        "bad_client_secret": {"client_secret": "guessed"},
        "invalid_code": {"code": "guessed"},
        "bad_redirect_uri": {"redirect_uri": "https://elsewhere.example"},
        "invalid_grant_type": {"grant_type": "password"},
    }.items():
        assert (await refused(access(**changes)))["error"] == error
    got = await access()
    assert got["team"] == {"id": "T0NEW", "name": "New"}
    assert (got["scope"], got["authed_user"]["id"]) == ("chat:write,commands", "U0INST")
    assert got.get("refresh_token") is None
    assert (await client_of(api, got["access_token"]).auth_test())["team_id"] == "T0NEW"
    assert (await refused(access()))["error"] == "code_already_used"
    late = api.tokens.grant(api.teams["T0NEW"], "U0INST", redirect_uri=CALLBACK)
    api.ages(601)
    assert (await refused(access(code=late)))["error"] == "invalid_code"
    declined = parse_qs(urlsplit(installer.authorizes(url, granted=False)).query)
    assert declined == {"state": ["s1"], "error": ["access_denied"]}
    with pytest.raises(AssertionError, match="client_id"):
        installer.authorizes(f"{AUTHORIZE}1.2")
    with pytest.raises(AssertionError, match="state"):
        installer.authorizes(f"https://slack.com/?scope=a&client_id={api.app.client_id}")


@OLD_LOGIN
async def test_rotation() -> None:
    async with SlackApi(rotation=True) as api:
        anybody = client_of(api, None)
        team = api.team("T0NEW")
        secrets = {"client_id": api.app.client_id, "client_secret": api.app.client_secret}
        got = await anybody.oauth_v2_access(code=api.tokens.grant(team, "U0INST"), **secrets)
        assert got["expires_in"] == 43_200
        old = client_of(api, got["access_token"])
        await old.auth_test()
        api.ages(43_200)
        assert (await refused(old.auth_test()))["error"] == "token_expired"
        bot = Bot(
            bot_token=got["access_token"],
            bot_id="B0NEW",
            bot_user_id="U0BOT",
            bot_refresh_token=got["refresh_token"],
            bot_token_expires_at=int(time.time()) + 60,
            installed_at=time.time(),
        )
        rotator = AsyncTokenRotator(**secrets, client=anybody)
        new = await rotator.perform_bot_token_rotation(bot=bot)
        assert new is not None
        assert new.bot_refresh_token != bot.bot_refresh_token
        await client_of(api, new.bot_token).auth_test()
        again = anybody.oauth_v2_access(
            grant_type="refresh_token", refresh_token=got["refresh_token"], **secrets
        )
        assert (await refused(again))["error"] == "invalid_refresh_token"
        assert api.tokens.wasted == [got["refresh_token"]]
        assert api.tokens.refreshed == [got["refresh_token"]]
        api.tokens.expire(team)
        assert (await refused(client_of(api, new.bot_token).auth_test()))["error"] == "token_expired"
        api.tokens.revoke(team)
        dead = anybody.oauth_v2_access(
            grant_type="refresh_token", refresh_token=new.bot_refresh_token, **secrets
        )
        assert (await refused(dead))["error"] == "invalid_refresh_token"


# --- bad days ---


async def test_too_fast(api: SlackApi, client: AsyncWebClient, anna: Person) -> None:
    ben = api.person(user="U0BEN")
    api.too_fast(anna, retry_after=30)
    with pytest.raises(SlackApiError) as caught:
        await client.chat_postMessage(channel=anna.channel.id, text="Hi")
    answer = caught.value.response
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "30")
    assert answer["error"] == "ratelimited"
    await client.chat_postMessage(channel=ben.channel.id, text="Hi")
    assert not api.impatient
    with pytest.raises(TimeoutError, match="not tried again"):
        await api.quiet(within=0.1)
    await refused(client.chat_postMessage(channel=anna.id, text="Hi"))
    assert [made.channel for made in api.impatient] == [anna.id]
    api.ages(30)
    await client.chat_postMessage(channel=anna.channel.id, text="Hi")
    assert api.refusals == []
    api.too_fast(None)
    assert (await refused(client.chat_postMessage(channel=ben.channel.id, text="Hi")))[
        "error"
    ] == "ratelimited"


async def test_failures(api: SlackApi, client: AsyncWebClient, anna: Person) -> None:
    def post() -> Awaitable[object]:
        return client.chat_postMessage(channel=anna.channel.id, text="Hi")

    api.fail("chat.postMessage", how=503)
    api.fail("chat.postMessage", how="fatal_error", times=2)
    with pytest.raises(SlackApiError) as caught:
        await post()
    assert caught.value.response.status_code == 503
    for _ in range(2):
        assert (await refused(post()))["error"] == "fatal_error"
    api.fail("*", how="reset")
    with pytest.raises(aiohttp.ClientError):
        await post()
    assert not anna.sent
    api.fail("chat.postMessage", how="lost", where=anna)
    with pytest.raises(aiohttp.ClientError):
        await post()
    assert len(anna.sent) == 1
    with pytest.raises(TimeoutError, match="cut off"):
        await api.quiet(within=0.1)
    await api.quiet(moment=0.01, retries=False)
    api.fail("chat.postMessage", how="hang", seconds=0.3)
    start = time.monotonic()
    await post()
    assert time.monotonic() - start >= 0.3
    await api.quiet(moment=0.01)
    assert [made.status for made in api.calls("chat.postMessage")] == [503, 200, 200, 0, 0, 200]
    assert len(api.calls(ok=True)) == 1


async def test_until(api: SlackApi, client: AsyncWebClient, anna: Person) -> None:
    waiting = asyncio.create_task(api.until(lambda: anna.sent))
    await client.chat_postMessage(channel=anna.channel.id, text="Hi")
    await waiting
    with pytest.raises(TimeoutError):
        await api.until(lambda: not anna.sent, within=0.05)


# --- texts ---


@pytest.mark.parametrize(
    ("raw", "read"),
    [
        ("*Well* and _so_ and ~not~ and `code *x*`", "Well and so and not and code *x*"),
        ("2*3*4, snake_case_name, a * b * c", "2*3*4, snake_case_name, a * b * c"),
        ("Tom &amp; Ann: 1 &lt; 2 &gt; 0", "Tom & Ann: 1 < 2 > 0"),
        ("&amp;lt; stays", "&lt; stays"),
        ("<https://example.org|our site> or <https://example.org>", "our site or https://example.org"),
        ("<@U1>, <#C1|general>, <!channel>, <!date^1^{date}|today>", "@U1, #general, @channel, today"),
        ("> a quote\n&gt; another", "a quote\nanother"),
        ("*bold _and italic_*", "bold and italic"),
    ],
)
def test_texts_are_read(raw: str, read: str) -> None:
    assert rules.plain(raw) == read


@pytest.mark.parametrize(
    ("raw", "marks", "automatic"),
    [
        ("Hello", [], []),
        ("&lt;!channel&gt; &lt;@U1&gt;", [], []),
        (
            "<!channel> <@U1> <#C1> <https://e.org|x>",
            ["<!channel>", "<@U1>", "<#C1>", "<https://e.org|x>"],
            [],
        ),
        ("see https://e.org/a or me@e.org", [], ["https://e.org/a", "me@e.org"]),
        ("@here, @channel and #general, `@here`", [], ["@here", "@channel", "#general"]),
        ("a < b > c", ["< b >"], []),
    ],
)
def test_what_slack_makes_a_mention_or_a_link_of(raw: str, marks: list[str], automatic: list[str]) -> None:
    assert rules.marks(raw) == marks
    assert rules.automatic(raw) == automatic


async def test_what_the_bot_did_not_mean(api: SlackApi, client: AsyncWebClient, anna: Person) -> None:
    dm = anna.channel.id
    quiet = [{"type": "section", "text": {**words("@here https://e.org", "mrkdwn"), "verbatim": True}}]
    await client.chat_postMessage(channel=dm, text="&lt;!channel&gt; @here", blocks=quiet)
    assert api.unmeant == []
    loud = [section("<!channel> see <https://e.org|this> @here"), header("<!channel> <@U1>")]
    posted = await client.chat_postMessage(channel=dm, text="<@U1>", blocks=loud)
    await client.chat_update(channel=dm, ts=posted["ts"], text="Hi", blocks=[])
    alert = {"type": "broadcast", "range": "here"}
    rich = {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [alert]}]}
    await client.views_publish(user_id=anna.id, view=home(section("<#C1>"), rich))
    await client.views_publish(user_id=anna.id, view=home())
    api.meant.add("<https://e.org|this>")
    found = ["<@U1>", "<!channel>", "@here", "<#C1>", "<!here>"]
    assert [mark for _, mark in api.unmeant] == found
    assert not anna.last.marks


# --- what the bot is told ---


@dataclass(frozen=True, slots=True)
class Told:
    """A request that a bot got."""

    headers: dict[str, str]
    raw: bytes
    body: Json


@dataclass(eq=False)
class Listener:
    """A bot that only listens, and answers as it is set to."""

    api: SlackApi
    requests: list[Told] = field(default_factory=list)
    answers: list[tuple[int, str, dict[str, str]]] = field(default_factory=list)
    late: float = 0.0
    json: Json | None = None

    async def __aenter__(self) -> Listener:
        app = web.Application()
        app.router.add_post("/slack/events", self._heard)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.api.deliver_over("http", f"http://127.0.0.1:{self._runner.addresses[0][1]}")
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    async def _heard(self, request: web.Request) -> web.Response:
        raw = await request.read()
        if request.content_type == "application/json":
            body = json.loads(raw)
        else:
            body = dict(parse_qsl(raw.decode(), keep_blank_values=True))
            body = json.loads(body["payload"]) if "payload" in body else body
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.requests.append(Told(headers, raw, body))
        if self.late:
            await asyncio.sleep(self.late)
        if self.json is not None:
            return web.json_response(self.json)
        status, text, more = self.answers.pop(0) if self.answers else (200, "", {})
        return web.Response(status=status, text=text, headers=more)

    @property
    def bodies(self) -> list[Json]:
        """What was told, in order."""
        return [told.body for told in self.requests]


async def show(api: SlackApi, person: Person, blocks: list[Json], text: str = "Well?") -> None:
    await client_of(api).chat_postMessage(channel=person.channel.id, text=text, blocks=blocks)


async def test_all_that_is_posted_is_signed(api: SlackApi, anna: Person) -> None:
    verifier = SignatureVerifier(api.app.signing_secret)
    async with Listener(api) as bot:
        await show(api, anna, QUESTION)
        await api.until(lambda: bot.requests)
        told = [
            await anna.says("Hi"),
            await anna.taps("Yes"),
            await anna.command("/interview", "now"),
        ]
        assert all(delivery.acked for delivery in told)
        assert (await api.url_verification()).status == 200
        assert bot.bodies[-1]["challenge"] == "a-challenge"
        assert (await api.ssl_check()).status == 200
        assert bot.bodies[-1]["ssl_check"] == "1"
        good = [verifier.is_valid_request(each.raw, each.headers) for each in bot.requests]
        assert good == [True] * 6
        kinds = [each.headers["content-type"].split("/")[1] for each in bot.requests]
        assert kinds == ["json", "json", *["x-www-form-urlencoded"] * 2, "json", "x-www-form-urlencoded"]
        for secret, at in (("guessed", None), (None, time.time() - 360), (None, time.time() + 360)):
            await api.resend(told[0], secret=secret, at=at)
            assert not verifier.is_valid_request(bot.requests[-1].raw, bot.requests[-1].headers)
        await api.resend(told[0])
        assert verifier.is_valid_request(bot.requests[-1].raw, bot.requests[-1].headers)
        assert bot.requests[-1].raw == bot.requests[1].raw


async def test_what_is_said(api: SlackApi, anna: Person) -> None:
    async with Listener(api) as bot:
        await anna.says("1 < 2 & <!channel> https://e.org")
        event = bot.bodies[-1]["event"]
        assert event["text"] == "1 &lt; 2 &amp; &lt;!channel&gt; <https://e.org>"
        assert (event["channel_type"], event["user"], event["channel"]) == ("im", anna.id, anna.channel.id)
        assert event["client_msg_id"]
        assert "bot_id" not in event
        await anna.edits(anna.mine[0], "Oh")
        event = bot.bodies[-1]["event"]
        assert event["subtype"] == "message_changed"
        assert event["message"]["text"] == "Oh"
        assert event["previous_message"]["text"].startswith("1 &lt;")
        await anna.sends_file()
        assert bot.bodies[-1]["event"]["subtype"] == "file_share"
        await anna.opens_home()
        event = bot.bodies[-1]["event"]
        assert (event["type"], event["tab"], "view" in event) == ("app_home_opened", "home", False)
        await client_of(api).views_publish(user_id=anna.id, view=home(*QUESTION))
        await anna.opens_home()
        assert bot.bodies[-1]["event"]["view"]["hash"] == anna.home.hash  # type: ignore[union-attr]
        ids = [body["event_id"] for body in bot.bodies]
        assert len(set(ids)) == len(ids) == 5


async def test_the_bot_hears_itself(api: SlackApi, client: AsyncWebClient, anna: Person) -> None:
    async with Listener(api) as bot:
        posted = await client.chat_postMessage(channel=anna.channel.id, text="Hi")
        await client.chat_update(channel=anna.channel.id, ts=posted["ts"], text="Ho")
        await client.chat_delete(channel=anna.channel.id, ts=posted["ts"])
        await client.chat_postEphemeral(channel=anna.channel.id, user=anna.id, text="Psst")
        await api.quiet(moment=0.05)
        kinds = sorted(body["event"].get("subtype", "message") for body in bot.bodies)
        assert kinds == ["message", "message_changed", "message_deleted"]
        assert api.told("message")[0].body["event"]["bot_id"] == posted["message"]["bot_id"]
        api.install(scopes=("chat:write",))
        await client.chat_postMessage(channel=anna.channel.id, text="Hi")
        await api.quiet(moment=0.05)
        assert len(bot.requests) == 3


async def test_taps_and_ticks(api: SlackApi, client: AsyncWebClient, anna: Person) -> None:
    async with Listener(api) as bot:
        api.echoes = False
        await show(api, anna, SEVERAL, "Which?")
        assert (anna.labels, anna.options) == (["Done"], ["Pay", "Way"])
        await anna.ticks("Way", "Pay")
        await anna.ticks("Way")
        chosen = [body["actions"][0]["selected_options"] for body in bot.bodies]
        assert [[each["value"] for each in options] for options in chosen] == [
            ["way"],
            ["pay", "way"],
            ["pay"],
        ]
        done = await anna.submits()
        body = bot.bodies[-1]
        assert body["type"] == "block_actions"
        assert body["container"] == {
            "type": "message",
            "message_ts": anna.last.ts,
            "channel_id": anna.channel.id,
            "is_ephemeral": False,
        }
        assert body["actions"][0]["action_id"] == "done"
        values = body["state"]["values"]["several"]["boxes"]["selected_options"]
        assert [each["value"] for each in values] == ["pay"]
        assert body["message"]["blocks"][1]["block_id"] == "several"
        assert done.id == body["trigger_id"]
        request = AsyncBoltRequest(body=bot.requests[-1].raw.decode(), headers={**bot.requests[-1].headers})
        assert (request.context.team_id, request.context.user_id) == (TEAM, anna.id)
        assert request.context.channel_id == anna.channel.id
        assert request.context.response_url
        # What was ticked stays through an edit that leaves the boxes alone, and goes with them.
        await client.chat_update(channel=anna.channel.id, ts=anna.last.ts, text="And?", blocks=SEVERAL)
        assert anna.state()["several"]["boxes"]["selected_options"] == values
        fresh = [actions(boxes("Pay", "Day"), block_id="several")]
        await client.chat_update(channel=anna.channel.id, ts=anna.last.ts, text="And?", blocks=fresh)
        assert anna.state()["several"]["boxes"]["selected_options"] == []


async def test_dates_menus_and_inputs(api: SlackApi, anna: Person) -> None:
    async with Listener(api) as bot:
        api.echoes = False
        menu = {"type": "static_select", "action_id": "menu", "options": [option("One", "1")]}
        blocks = [actions({**DATE, "initial_date": "2030-01-01"}, block_id="day"), actions(menu), entry()]
        await show(api, anna, blocks)
        await anna.picks_date("2030-02-03")
        assert bot.bodies[-1]["actions"][0]["selected_date"] == "2030-02-03"
        assert bot.bodies[-1]["state"]["values"]["day"]["date"]["selected_date"] == "2030-02-03"
        await anna.picks("One")
        assert bot.bodies[-1]["actions"][0]["selected_option"]["value"] == "1"
        anna.fills({"Your words": "a < b"})
        await anna.picks("One")
        assert bot.bodies[-1]["state"]["values"]["input"]["entry"]["value"] == "a < b"
        assert len(bot.requests) == 3


async def test_labels_with_signs(api: SlackApi, anna: Person) -> None:
    async with Listener(api) as bot:
        api.echoes = False
        await show(api, anna, [actions(button("✅ Tom & Ann"))])
        assert anna.labels == ["✅ Tom & Ann"]
        await anna.taps("tom & ann")
        assert bot.bodies[-1]["actions"][0]["text"]["text"] == "✅ Tom &amp; Ann"
        with pytest.raises(AssertionError, match="no button"):
            await anna.taps("Tom")


async def test_forgeries(api: SlackApi, client: AsyncWebClient, anna: Person) -> None:
    async with Listener(api) as bot:
        api.echoes = False
        await show(api, anna, QUESTION)
        await client.chat_update(
            channel=anna.channel.id, ts=anna.last.ts, text="Now?", blocks=[actions(button("Go"))]
        )
        await anna.taps("No", anna.last, version=0)
        assert bot.bodies[-1]["message"]["text"] == "Well?"
        assert bot.bodies[-1]["actions"][0]["action_id"] == "no"
        await anna.taps("Go", forge=payloads.as_user("U0EVE"))
        assert bot.bodies[-1]["user"]["id"] == "U0EVE"
        await anna.taps("Go", forge=payloads.as_team("T0EVE"))
        assert bot.bodies[-1]["team"]["id"] == "T0EVE"
        await anna.taps("Go", forge=payloads.with_state({"b": {}}))
        assert bot.bodies[-1]["state"] == {"values": {"b": {}}}
        await anna.taps("Go", forge=payloads.with_value("v"))
        assert bot.bodies[-1]["actions"][0]["value"] == "v"
        await anna.taps("Go", forge=payloads.on_ts("1.2", "D0EVE"))
        assert bot.bodies[-1]["container"]["message_ts"] == bot.bodies[-1]["message"]["ts"] == "1.2"
        assert bot.bodies[-1]["channel"]["id"] == "D0EVE"
        await anna.acts({"type": "button", "action_id": "x", "block_id": "y", "value": "z"}, anna.last)
        assert bot.bodies[-1]["actions"][0]["action_id"] == "x"
        await anna.says("Hi", forge=payloads.as_user("U0EVE"))
        assert bot.bodies[-1]["event"]["user"] == "U0EVE"
        assert anna.last.blocks[0]["elements"][0]["action_id"] == "yes"


# --- commands, response_urls, shortcuts ---


async def test_a_command_in_a_channel(api: SlackApi, anna: Person) -> None:
    async with Listener(api) as bot:
        bot.json = {"text": "Come *in*", "blocks": QUESTION}
        told = await anna.command("/interview", "a & b", channel="C0JOBS")
        body = bot.bodies[-1]
        assert (body["command"], body["text"], body["channel_id"]) == ("/interview", "a &amp; b", "C0JOBS")
        assert told.payload == bot.json
        assert [shown.plain for shown in anna.ephemeral] == ["Come in"]
        assert api.seen_in("C0JOBS") == []
        assert api.seen_in("C0JOBS", anna.id) == anna.ephemeral
        assert not anna.live
        bot.json = None
        await anna.taps("Yes")
        assert bot.bodies[-1]["container"]["is_ephemeral"] is True
        assert "message" not in bot.bodies[-1]
        hook = AsyncWebhookClient(bot.bodies[-1]["response_url"])
        assert (await hook.send(text="Changed", blocks=[], replace_original=True)).status_code == 200
        assert [shown.plain for shown in anna.ephemeral] == ["Changed"]
        assert not anna.ephemeral[0].live
        bot.answers = [(200, "Just words", {})]
        await anna.command("/interview", channel="C0JOBS")
        assert anna.ephemeral[-1].text == "Just words"
        bot.json = {"text": "", "blocks": QUESTION}
        await anna.command("/interview", channel="C0JOBS")
        assert [words for _, words in api.wrong_answers] == ["no_text"]


async def test_a_response_url_is_good_for_five_times_in_half_an_hour(api: SlackApi, anna: Person) -> None:
    async with Listener(api) as bot:
        await anna.command("/interview", channel="C0JOBS")
        hook = AsyncWebhookClient(bot.bodies[-1]["response_url"])
        assert (await hook.send(text=" ")).status_code == 400
        for _ in range(3):
            assert (await hook.send(text="Psst")).status_code == 200
        assert (await hook.send(text="Hear", response_type="in_channel")).status_code == 200
        assert (await hook.send(text="Psst")).status_code == 404
        assert len(anna.ephemeral) == 3
        assert [shown.text for shown in api.seen_in("C0JOBS")] == ["Hear"]
        await anna.command("/interview", channel="C0JOBS")
        api.ages(1801)
        late = await AsyncWebhookClient(bot.bodies[-1]["response_url"]).send(text="Psst")
        assert (late.status_code, json.loads(late.body)["error"]) == (404, "expired_url")
        errors = [made.error for made in api.calls("response_url", ok=False)]
        assert errors == ["no_text", "used_url", "expired_url"]


async def test_shortcuts(api: SlackApi, anna: Person) -> None:
    async with Listener(api) as bot:
        offer = anna.writes_in("C0JOBS", "Come on Monday?")
        assert not bot.requests
        await anna.shortcut("should_i_go", offer)
        body = bot.bodies[-1]
        assert (body["type"], body["callback_id"]) == ("message_action", "should_i_go")
        assert (body["message"]["text"], body["message_ts"]) == ("Come on Monday?", offer.ts)
        assert body["channel"]["id"] == "C0JOBS"
        assert body["response_url"]
        await anna.shortcut("anywhere")
        assert (bot.bodies[-1]["type"], "channel" in bot.bodies[-1]) == ("shortcut", False)
        assert bot.bodies[-1]["trigger_id"] in api.triggers


# --- modals ---


async def opened(api: SlackApi, anna: Person, view: Json) -> None:
    await client_of(api).views_open(trigger_id=api.trigger(TEAM, anna.id), view=view)


async def test_a_modal_is_submitted(api: SlackApi, anna: Person) -> None:
    async with Listener(api) as bot:
        await opened(api, anna, modal(entry(max_length=5), private_metadata="meta"))
        with pytest.raises(AssertionError, match="complete"):
            await anna.submits_view()
        with pytest.raises(AssertionError, match="0 to 5 characters"):
            await anna.submits_view({"input": "too long"})
        assert not bot.requests
        bot.json = {"response_action": "errors", "errors": {"input": "Not that"}}
        await anna.submits_view({"Your words": "a<b"})
        body = bot.bodies[-1]
        assert (body["type"], body["view"]["callback_id"]) == ("view_submission", "modal")
        assert body["view"]["private_metadata"] == "meta"
        assert body["view"]["state"]["values"]["input"]["entry"]["value"] == "a<b"
        assert anna.modal is not None
        assert anna.modal.errors == {"input": "Not that"}
        bot.json = None
        told = await anna.submits_view(forge=payloads.with_hash("old"))
        assert told.body["view"]["hash"] == "old"
        assert anna.modal is None
        await api.resend(told)
        assert bot.bodies[-1] == bot.bodies[-2]


async def test_what_a_modal_is_answered(api: SlackApi, anna: Person) -> None:
    async with Listener(api) as bot:
        await opened(api, anna, modal())
        bot.json = {"response_action": "update", "view": modal(title=words("Two"))}
        await anna.submits_view()
        bot.json = {"response_action": "push", "view": modal(title=words("Three"))}
        await anna.submits_view()
        assert [view.title for view in anna.modals] == ["Two", "Three"]
        for wrong in (
            {"response_action": "errors", "errors": {"nowhere": "?"}},
            {"response_action": "errors", "errors": {}},
            {"response_action": "update", "view": modal(title=words("x" * 25))},
            {"response_action": "explode"},
        ):
            bot.json = wrong
            await anna.submits_view()
        assert len(api.wrong_answers) == 4
        bot.json = None
        bot.answers = [(200, "OK", {})]
        await anna.submits_view()
        assert "neither" in api.wrong_answers[-1][1]
        bot.json = {"response_action": "clear"}
        await anna.submits_view()
        assert not anna.modals


async def test_a_modal_is_closed(api: SlackApi, anna: Person) -> None:
    async with Listener(api) as bot:
        await opened(api, anna, modal())
        assert await anna.closes_view() is None
        await opened(api, anna, modal(*QUESTION, notify_on_close=True))
        await anna.taps("Yes")
        body = bot.bodies[-1]
        assert (body["container"]["type"], body["view"]["id"]) == ("view", anna.modal.id)  # type: ignore[union-attr]
        assert "response_url" not in body
        assert api.triggers[body["trigger_id"]].in_modal
        await anna.closes_view(everything=True)
        assert (bot.bodies[-1]["type"], bot.bodies[-1]["is_cleared"]) == ("view_closed", True)
        assert len(bot.requests) == 2


# --- acknowledging ---


async def test_what_is_not_acknowledged_comes_again() -> None:
    async with SlackApi(ack_within=1.0, retries=(0.0, 0.05, 0.05)) as api, Listener(api) as bot:
        anna = api.person()
        bot.late = 1.5
        told = await anna.says("Hi")
        assert (told.status, told.acked, told.pending) == (0, False, True)
        bot.late = 0.0
        bot.answers = [(500, "", {}), (200, "", {})]
        await api.quiet(moment=0.05)
        assert [attempt.status for attempt in told.attempts] == [0, 500, 200]
        heads = [
            (told.headers.get("x-slack-retry-num"), told.headers.get("x-slack-retry-reason"))
            for told in bot.requests
        ]
        assert heads == [(None, None), ("1", "http_timeout"), ("2", "http_error")]
        assert len({told.body["event_id"] for told in bot.requests}) == 1
        bot.answers = [(500, "", {})] * 4
        told = await anna.says("Hi")
        await api.quiet(moment=0.05)
        assert (len(told.attempts), told.acked, told.pending) == (4, False, False)
        bot.answers = [(500, "", {"x-slack-no-retry": "1"})]
        told = await anna.says("Hi")
        assert (len(told.attempts), told.pending) == (1, False)


async def test_what_people_do_themselves_does_not_come_again() -> None:
    async with SlackApi(ack_within=1.0) as api, Listener(api) as bot:
        anna = api.person()
        api.echoes = False
        await show(api, anna, QUESTION)
        bot.late = 1.5
        told = await anna.taps("Yes")
        assert (told.alert, told.pending) == ("operation_timeout", False)
        bot.late = 0.0
        bot.answers = [(500, "", {})]
        assert (await anna.command("/interview")).alert == "failed with status 500"
        assert len(bot.requests) == 2
        assert (await anna.taps("Yes")).alert == ""


async def test_a_bot_that_is_not_there() -> None:
    async with SlackApi(retries=(0.0,)) as api:
        api.deliver_over("http", "http://127.0.0.1:9/slack/events")
        told = await api.person().says("Hi")
        await api.quiet(moment=0.01)
        assert [attempt.reason for attempt in told.attempts] == ["connection_failed"] * 2


async def test_a_retry_storm(api: SlackApi, anna: Person) -> None:
    async with Listener(api) as bot:
        api.echoes = False
        api.retry_storm()
        await anna.says("Hi")
        await api.quiet(moment=0.01)
        assert sorted(told.headers.get("x-slack-retry-num", "0") for told in bot.requests) == ["0", "1", "2"]
        assert len({told.body["event_id"] for told in bot.requests}) == 1
        await anna.command("/interview")
        assert len(bot.requests) == 4


async def test_the_app_is_taken_out(api: SlackApi, client: AsyncWebClient, anna: Person) -> None:
    async with Listener(api) as bot:
        await api.tokens_revoked(users=("U0ANNA",))
        await client.auth_test()
        assert bot.bodies[-1]["event"]["tokens"] == {"oauth": ["U0ANNA"], "bot": []}
        await api.app_uninstalled()
        assert sorted(body["event"]["type"] for body in bot.bodies[1:]) == [
            "app_uninstalled",
            "tokens_revoked",
        ]
        assert all(body["team_id"] == TEAM for body in bot.bodies)
    assert (await refused(client.auth_test()))["error"] == "token_revoked"


# --- Socket Mode ---


@dataclass(eq=False)
class Wire:
    """A bot on a WebSocket, by slack_sdk's client."""

    api: SlackApi
    requests: list[SocketModeRequest] = field(default_factory=list)
    silent: int = 0
    payload: Json | None = None

    async def __aenter__(self) -> Wire:
        self.hellos: list[Json] = []
        self.client = SocketModeClient(self.api.app.app_token, web_client=client_of(self.api, None))
        self.client.socket_mode_request_listeners.append(self._heard)
        self.client.message_listeners.append(self._message)
        await self.client.connect()  # type: ignore[no-untyped-call]
        self.api.deliver_over("socket")
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.client.close()  # type: ignore[no-untyped-call]

    async def _message(self, client: AsyncBaseSocketModeClient, body: Json, raw: str | None) -> None:
        if body["type"] == "hello":
            self.hellos.append(body)

    async def _heard(self, client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        self.requests.append(request)
        if self.silent:
            self.silent -= 1
            return
        await client.send_socket_mode_response(SocketModeResponse(request.envelope_id, self.payload))


async def test_over_a_socket(api: SlackApi, anna: Person) -> None:
    api.echoes = False
    async with Wire(api) as bot:
        told = await anna.says("Hi")
        assert told.acked
        assert bot.hellos[0]["connection_info"] == {"app_id": api.app.id}
        request = bot.requests[-1]
        assert (request.type, request.payload["event"]["text"]) == ("events_api", "Hi")
        assert (request.retry_attempt, request.accepts_response_payload) == (0, False)
        await show(api, anna, QUESTION)
        await anna.taps("Yes")
        assert (bot.requests[-1].type, bot.requests[-1].payload["type"]) == ("interactive", "block_actions")
        bot.payload = {"text": "Come in"}
        await anna.command("/interview", channel="C0JOBS")
        assert bot.requests[-1].type == "slash_commands"
        assert bot.requests[-1].accepts_response_payload
        assert [shown.text for shown in anna.ephemeral] == ["Come in"]
        await opened(api, anna, modal(entry()))
        bot.payload = {"response_action": "errors", "errors": {"input": "No"}}
        await anna.submits_view({"input": "x"})
        assert anna.modal is not None
        assert anna.modal.errors == {"input": "No"}
        assert all(ack.known for ack in api.sockets.acks)


async def test_a_socket_that_is_not_acknowledged() -> None:
    async with SlackApi(ack_within=1.0, echoes=False) as api, Wire(api) as bot:
        bot.silent = 1
        told = await api.person().says("Hi")
        await api.quiet(moment=0.05)
        assert [attempt.reason for attempt in told.attempts] == ["timeout", ""]
        first, second = bot.requests
        assert (second.retry_attempt, second.retry_reason) == (1, "timeout")
        assert first.envelope_id != second.envelope_id
        assert first.payload["event_id"] == second.payload["event_id"]
        await bot.client.send_socket_mode_response({"envelope_id": "made-up"})
        await api.until(lambda: not api.sockets.acks[-1].known)


async def test_a_socket_is_opened_again(api: SlackApi, anna: Person) -> None:
    api.echoes = False
    async with Wire(api) as bot:
        await api.sockets.disconnects()
        told = await anna.says("Hi")
        # What goes over a connection that the bot is about to leave comes again.
        await api.quiet()
        assert told.acked
        assert api.sockets.opened > 1
        assert {request.payload["event"]["text"] for request in bot.requests} == {"Hi"}
        await api.until(lambda: len(api.sockets.links) == 1)


async def test_a_socket_that_breaks() -> None:
    async with SlackApi(ack_within=0.5, retries=(0.0, 0.1), echoes=False) as api, Wire(api):
        await api.sockets.cut()
        told = await api.person().says("Hi")
        assert not told.acked
        assert told.attempts[0].reason == "connection_failed"
        await api.quiet(moment=0.01)


async def test_connections_that_are_refused(api: SlackApi, client: AsyncWebClient) -> None:
    for token, error in (
        (api.token, "not_allowed_token_type"),
        ("xapp-made-up", "invalid_auth"),
    ):
        assert (await refused(client.apps_connections_open(app_token=token)))["error"] == error
    got = await client.apps_connections_open(app_token=api.app.app_token)
    async with aiohttp.ClientSession() as session:
        async with session.ws_connect(got["url"]) as ws:
            assert (await ws.receive_json())["type"] == "hello"
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(got["url"])


# --- with Bolt itself ---


async def test_bolt_over_http(api: SlackApi, anna: Person) -> None:
    app = AsyncApp(client=client_of(api), signing_secret=api.app.signing_secret)

    @app.message("Hello")
    async def hello(say: Any) -> None:
        await say(text="Well?", blocks=QUESTION)

    @app.action("yes")
    async def yes(ack: Any, body: Json, client: Any) -> None:
        await ack()
        ts = body["container"]["message_ts"]
        await client.chat_update(channel=body["channel"]["id"], ts=ts, text="You said: yes", blocks=[])

    async def handle(request: web.Request) -> web.Response:
        answer = await app.async_dispatch(await to_bolt_request(request))
        taken: web.Response = await to_aiohttp_response(answer)
        return taken

    site = web.Application()
    site.router.add_post("/slack/events", handle)
    runner = web.AppRunner(site)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        api.deliver_over("http", f"http://127.0.0.1:{runner.addresses[0][1]}")
        assert (await api.url_verification()).answer
        assert (await api.ssl_check()).status == 200
        said: Delivery = await anna.says("Hello")
        await api.quiet()
        assert anna.labels == ["Yes", "No"]
        await anna.taps("Yes")
        await api.quiet()
        assert anna.texts == ["You said: yes"]
        assert not anna.live
        assert (await api.resend(said, secret="guessed")).status == 401
        assert (await api.resend(said, at=time.time() - 360)).status == 401
        assert api.refusals == []
        assert api.unmeant == []
    finally:
        await runner.cleanup()


def test_a_refusal_is_told_as_slack_does() -> None:
    refusal = RefusedError("invalid_blocks", "no more than 50 items allowed [json-pointer:/blocks]")
    assert refusal.body() == {
        "ok": False,
        "error": "invalid_blocks",
        "errors": ["no more than 50 items allowed [json-pointer:/blocks]"],
        "response_metadata": {"messages": ["[ERROR] no more than 50 items allowed [json-pointer:/blocks]"]},
    }
