"""What else comes in: groups, pictures, edits, forgeries, old buttons, and people who leave."""

from __future__ import annotations

import pytest

from bot.adapters.telegram.adapter import Telegram, _Ticks
from dialogs.events import Started
from dialogs.session import loads
from tests.bot.adapters.telegram.conftest import DIALOG, Running, answered, own
from tests.bot.adapters.telegram.server import BotApi

CHAT, GROUP = 42, -1000


async def begun(api: BotApi) -> None:
    await answered(api, CHAT, api.person(CHAT).starts())


@pytest.mark.parametrize(
    "kind", ["photo", "sticker", "voice", "video", "location", "contact", "document", "dice"]
)
async def test_what_cannot_be_read_is_said_so_and_the_question_stays_open(
    kind: str, api: BotApi, running: Running
) -> None:
    async with running():
        await begun(api)
        await answered(api, CHAT, api.person(CHAT).sends(kind))
        assert api.last(CHAT).text.startswith("I can only read what you type")
        assert "Skip" in api.labels(CHAT)
        assert len(api.live(CHAT)) == 1


async def test_what_was_forwarded_is_not_taken_for_an_answer(api: BotApi, running: Running) -> None:
    async with running():
        await begun(api)
        await answered(api, CHAT, api.person(CHAT).forwards("the pay is too low"))
        assert api.last(CHAT).text.startswith("I can only read what you type")


async def test_an_edited_message_changes_nothing(api: BotApi, running: Running) -> None:
    anna = api.person(CHAT)
    async with running():
        await begun(api)
        wrote = await anna.says("the bank")
        await api.until(lambda: "What holds you back" in api.last(CHAT).text)
        await answered(api, CHAT, anna.edits(wrote, "the shop"))
        assert "first version" in api.last(CHAT).text
        await answered(api, CHAT, anna.says("back"))
        assert not any("the shop" in shown.text for shown in api.sent(CHAT))


@pytest.mark.parametrize(
    "data",
    [
        "x",
        "decide/interview:skip~zz",
        "+decide/pulls:need_income~1",
        "!decide/pulls~3",
        "~",
        "-" * 64,
        "décidé/x:y~1",
    ],
)
async def test_a_button_that_never_was_changes_nothing(data: str, api: BotApi, running: Running) -> None:
    anna = api.person(CHAT)
    async with running():
        await begun(api)
        before = api.last(CHAT).text
        await anna.taps_data(data, api.last(CHAT).id)
        await api.until(lambda: not api.unanswered())
        await api.quiet()
        assert not api.unanswered()
        assert before.partition("\n")[0] in "\n".join(api.texts(CHAT))
        await answered(api, CHAT, anna.says("the bank"))
        assert "What holds you back" in api.last(CHAT).text


async def test_an_old_button_says_so_and_brings_the_open_question(api: BotApi, running: Running) -> None:
    anna = api.person(CHAT)
    async with running():
        await begun(api)
        old = next(b["callback_data"] for b in api.last(CHAT).buttons if b["text"] == "Skip")
        first = api.last(CHAT).id
        await answered(api, CHAT, anna.says("the bank"))
        await answered(api, CHAT, anna.taps_data(old, first))
        assert "earlier question" in api.texts(CHAT)[-2]
        assert "What holds you back" in api.last(CHAT).text
        assert len(api.live(CHAT)) == 1


@pytest.mark.parametrize("payload", ["", "abc", "x" * 64, "ref_42-secret"])
async def test_what_a_link_carries_is_never_shown(payload: str, api: BotApi, running: Running) -> None:
    async with running():
        await api.person(CHAT).starts(payload)
        await api.quiet()
        assert "interview" in api.texts(CHAT)[1]
        assert not payload or not any(payload in shown.text for shown in api.sent(CHAT))


async def test_in_a_group_it_points_to_the_private_chat_and_keeps_nothing(
    api: BotApi, running: Running
) -> None:
    group, anna = api.group(GROUP), api.person(CHAT, first_name="Anna")
    async with running() as bot:
        await group.says(anna, f"/start@{api.username}")
        await api.quiet()
        other = api.group(GROUP - 1)
        await other.says(anna, f"@{api.username} the pay is too low")
        await api.quiet()
        said = [*api.sent(GROUP), *api.sent(GROUP - 1)]
        assert len(said) == 2
        assert said[0].text == said[1].text
        assert "Anna" not in said[0].text
        assert [button["url"] for button in said[0].buttons] == [f"https://t.me/{api.username}"]
        assert bot.counted("whatif_events_total", known="no") == 0


async def test_who_blocks_the_bot_is_reminded_of_nothing(api: BotApi, running: Running) -> None:
    anna = api.person(CHAT)
    async with running() as bot:
        await begun(api)
        await answered(api, CHAT, anna.says("remind me tomorrow"))
        assert bot.turns
        conversation = f"tg:{api.id}:{CHAT}"

        async def reminders() -> int:
            assert bot.turns
            kept = await bot.turns.dispatcher.transact(lambda on: on.state(conversation))
            assert kept
            return len(loads(kept[0], DIALOG.flow).reminders)

        assert await reminders() == 1
        turns = bot.counted("whatif_turn_seconds_count")
        api.block(CHAT)
        await api.until(lambda: bot.counted("whatif_turn_seconds_count") > turns)
        assert await reminders() == 0


@pytest.mark.parametrize("name", ["<b>&amp;</b>", "A" * 4000, "a\u202eb\u0000c", "{{ 7*7 }}"])
async def test_odd_names_and_texts_do_no_harm(name: str, api: BotApi, running: Running) -> None:
    anna = api.person(CHAT, first_name=name)
    async with running():
        await begun(api)
        await answered(api, CHAT, anna.says(name[:4096]))
        await answered(api, CHAT, anna.says("back"))
        assert {made.method for made in api.refusals()} <= {"editMessageReplyMarkup"}
        assert len(api.live(CHAT)) == 1
        assert "49" not in "\n".join(api.texts(CHAT))


async def test_an_update_that_cannot_be_read_keeps_nobody_waiting(api: BotApi, running: Running) -> None:
    anna = api.person(CHAT)
    api.update({"message": {"message_id": "?", "date": "never", "chat": 7}}, 7)
    await anna.starts()
    async with running() as bot:
        await api.until(lambda: api.sent(CHAT) and api.pending == 0)
        assert bot.counted("whatif_refused_total", why="body") == 1


async def test_messages_of_another_bot_are_not_sent_by_this_one(api: BotApi, running: Running) -> None:
    anna = api.person(CHAT)
    async with running() as bot:
        await begun(api)
        asked = len(api.calls("sendMessage"))
        assert bot.turns
        await bot.turns.accept(f"tg:999999:{CHAT}", "1", Started())
        await api.until(lambda: bot.counted("whatif_sends_total", outcome="gone"))
        assert len(api.calls("sendMessage")) == asked
        await answered(api, CHAT, anna.says("the bank"))


async def test_a_group_is_told_once_and_not_at_every_call(api: BotApi, running: Running) -> None:
    group, anna = api.group(GROUP), api.person(CHAT)
    async with running():
        for _ in range(20):
            await group.says(anna, f"/start@{api.username}")
        await api.quiet()
        assert len(api.sent(GROUP)) == 1


@pytest.mark.parametrize(
    ("command", "button"),
    [
        ("/privacy", "Send me a copy"),
        ("/settings", "Quiet hours"),
        ("/language", "Other settings"),
        ("/interviews", "Another interview"),
        ("/export", "Skip"),
        ("/forget", "Keep it"),
        ("/nonsense", "Skip"),
        ("/gone", "Skip"),
    ],
)
async def test_a_command_is_never_taken_for_an_answer(
    command: str, button: str, api: BotApi, running: Running
) -> None:
    anna = api.person(CHAT)
    async with running():
        await begun(api)
        await answered(api, CHAT, anna.says(command))
        assert "You said" not in "\n".join(api.texts(CHAT))
        assert button in api.labels(CHAT)


async def test_whoever_is_forgotten_has_no_ticks_left(api: BotApi) -> None:
    adapter = Telegram(api.token, own, api=api.url)
    one, other, hers = (_Ticks(frozenset({"a"})) for _ in range(3))
    adapter._ticks.update({(42, 1): one, (42, 2): other, (421, 1): hers})
    for _ in range(2):
        await adapter.forget("tg:4242:42")
    assert list(adapter._ticks) == [(421, 1)]
    # What was about to be shown of them isn't shown any more.
    assert [each.closed for each in (one, other, hers)] == [True, True, False]
    await adapter.close()
