"""Conversations on Telegram as a person has them: by taps, typed, both, interrupted, and many at once."""

from __future__ import annotations

import asyncio
from functools import partial

import pytest

from dialogs import markup
from dialogs.events import Event, Said, Started
from dialogs.session import Session
from tests.bot.adapters.telegram.conftest import DIALOG, Running, answered
from tests.bot.adapters.telegram.people import Person
from tests.bot.adapters.telegram.server import BotApi

CHAT = 42


async def taps(api: BotApi, person: Person, *labels: str) -> None:
    """Taps one button after another, each when what the last one brought is there."""
    for label in labels:
        await answered(api, person.id, person.taps(label))


async def to_the_verdict(api: BotApi, person: Person) -> list[str]:
    """Answers whatever is asked with the first button until there is a verdict; returns the labels."""
    taken = []
    while not any("I’m going" in row for row in api.keyboard(person.id)):
        labels = api.labels(person.id)
        label = labels[0].removeprefix("☐ ").removeprefix("☑ ")
        await taps(api, person, label)
        taken.append(label)
        if "Done" in api.labels(person.id):
            await taps(api, person, "Done")
    return taken


async def test_a_whole_conversation_by_taps(api: BotApi, running: Running) -> None:
    anna = api.person(CHAT)
    async with running():
        await answered(api, CHAT, anna.starts())
        await taps(api, anna, "Skip")
        await to_the_verdict(api, anna)
        said = "\n".join(api.texts(CHAT))
        assert "You said: " in said
        await taps(api, anna, "I’m going")
        assert "go and see what they’re like" in api.last(CHAT).text.casefold()
        assert not api.unanswered()
        assert not api.refusals()


async def test_ticks_stay_in_the_keyboard_until_done(api: BotApi, running: Running) -> None:
    anna = api.person(CHAT)
    async with running() as bot:
        await answered(api, CHAT, anna.starts())
        await taps(api, anna, "Skip")
        turns = bot.counted("whatif_turn_seconds_count")
        asked = api.last(CHAT)
        assert "Tick what fits first" in api.labels(CHAT)
        await anna.taps("Tick what fits first")
        await api.until(lambda: anna.toasts)
        assert anna.toasts == ["Tick what fits first"]
        await taps(api, anna, "The pay looks low", "I’ve cooled on it", "The pay looks low")
        assert [each for each in api.labels(CHAT) if each.startswith("☑")] == ["☑ I’ve cooled on it"]
        assert api.last(CHAT).id == asked.id
        assert bot.counted("whatif_turn_seconds_count") == turns, "a tick is no turn"
        await taps(api, anna, "Done")
        assert api.message(CHAT, asked.id).text.endswith("You said: I’ve cooled on it")
        assert not api.message(CHAT, asked.id).live


async def test_ticks_outlast_a_question_asked_back(api: BotApi, running: Running) -> None:
    anna = api.person(CHAT)
    async with running():
        await answered(api, CHAT, anna.starts())
        await taps(api, anna, "Skip")
        await taps(api, anna, "The pay looks low", "I’ve cooled on it")
        await answered(api, CHAT, anna.taps("Why do you ask?"))
        ticked = [label for label in api.labels(CHAT) if label.startswith("☑")]
        assert ticked == ["☑ The pay looks low", "☑ I’ve cooled on it"]
        await taps(api, anna, "The pay looks low", "I’ve cooled on it")
        await answered(api, CHAT, anna.taps("Why do you ask?"))
        assert not [label for label in api.labels(CHAT) if label.startswith("☑")]


async def test_quick_ticks_do_not_overtake_one_another(api: BotApi, running: Running) -> None:
    anna = api.person(CHAT)
    async with running():
        await answered(api, CHAT, anna.starts())
        await taps(api, anna, "Skip")
        labels = ("Unsure what I want", "The pay looks low", "No time to prepare")
        # All tapped before the keyboard shows the first.
        await asyncio.gather(*(anna.taps(label) for label in labels))
        await api.quiet()
        await taps(api, anna, "Done")
        assert "Unsure what I want. The pay looks low. No time to prepare" in " ".join(
            api.texts(CHAT)
        ).replace(", ", ". ") or all(label in " ".join(api.texts(CHAT)) for label in labels)
        assert all(label in api.texts(CHAT)[-2] for label in labels)


async def test_typed_and_tapped_back_and_forth_to_a_flipped_verdict(api: BotApi, running: Running) -> None:
    anna = api.person(CHAT)
    async with running():
        await answered(api, CHAT, anna.starts())
        await answered(api, CHAT, anna.says("the bank"))
        await answered(api, CHAT, anna.says("honestly the pay looks way too low but rent is due"))
        assert any(label.startswith("☑") for label in api.labels(CHAT)), "what was said beside it is ticked"
        await taps(api, anna, "Done", "Back", "I need the income", "Done")
        await to_the_verdict(api, anna)
        first = next(text for text in reversed(api.texts(CHAT)) if "would" in text)
        await taps(api, anna, "Change an answer")
        await taps(api, anna, *[label for label in api.labels(CHAT) if "prepar" in label.casefold()][:1])
        await taps(api, anna, api.labels(CHAT)[2])
        assert len(api.live(CHAT)) == 1
        assert first
        assert not api.unanswered()


async def test_it_goes_on_where_it_was_after_a_restart(api: BotApi, running: Running) -> None:
    anna = api.person(CHAT)
    async with running():
        await answered(api, CHAT, anna.starts())
        await taps(api, anna, "Skip", "The pay looks low", "Done")
    before = api.last(CHAT).text
    await anna.taps("I need the income")
    await anna.says("why")
    async with running():
        await api.quiet()
        assert before.split("\n")[0] in "\n".join(api.texts(CHAT))
        await taps(api, anna, "I need the income", "Done")
        assert "You said: I need the income" in "\n".join(api.texts(CHAT))


def conversation() -> list[tuple[str, str]]:
    """Lines and the last words each brings, up to the second what-if."""
    session, script = Session(), []
    lines: list[tuple[str, Event]] = [("", Started())]
    lines += [(line, Said(line)) for line in ("the bank", "salary_too_low", "need_income", "urgent", "maybe")]
    for line, event in lines:
        session, messages = DIALOG.step(session, event)
        script.append((line, markup.plain(messages[-1].text)))
    return script


@pytest.mark.slow
@pytest.mark.parametrize("webhook", [False, True], ids=["polling", "webhook"])
async def test_two_hundred_people_at_once(webhook: bool, api: BotApi, running: Running) -> None:
    script = conversation()
    api.redeliver(0.1, seed=7)
    api.shuffle(seed=7)
    people = [api.person(1000 + number) for number in range(200)]

    def came(person: Person, text: str) -> bool:
        return bool(api.sent(person.id)) and api.last(person.id).text == text

    async def talk(person: Person) -> None:
        for line, brings in script:
            await (person.says(line) if line else person.starts())
            await api.until(partial(came, person, brings), within=120)

    async with running(webhook=webhook) as bot:
        await asyncio.gather(*map(talk, people))
        await api.quiet(within=60)
        assert api.redelivered > 0
        assert bot.counted("whatif_turn_seconds_count") == len(people) * len(script)
        for person in people:
            shown = [shown.text for shown in api.sent(person.id)]
            assert len(shown) == len(script) + 1, "each was said once, the welcome and every question"


async def test_too_fast_holds_back_one_chat_only(api: BotApi, running: Running) -> None:
    anna, ben = api.person(CHAT), api.person(43)
    async with running():
        await anna.starts()
        await ben.starts()
        await api.quiet()
        api.too_fast(CHAT, retry_after=2)
        await anna.says("the bank")
        await ben.says("the shop")
        await api.until(lambda: "What holds you back" in api.last(43).text)
        assert "What holds you back" not in api.last(CHAT).text
        await api.quiet()
        assert "What holds you back" in api.last(CHAT).text


async def test_a_network_that_fails_loses_nothing(api: BotApi, running: Running) -> None:
    anna = api.person(CHAT)
    async with running():
        await answered(api, CHAT, anna.starts())
        api.fail("sendMessage", 1, 500)
        await anna.says("the bank")
        await api.quiet()
        assert "What holds you back" in api.last(CHAT).text
