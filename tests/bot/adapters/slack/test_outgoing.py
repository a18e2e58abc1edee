"""What is sent to Slack: all of the words, within its limits, and nothing that a person made up."""

from __future__ import annotations

from html import escape

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from slack_sdk.models.blocks import Block

from bot.adapters.slack import outgoing
from bot.adapters.slack.outgoing import Json, answered, closed, parts, posts
from dialogs import markup
from dialogs.events import Choice, Message
from tests.bot.adapters.slack.conftest import Running
from tests.bot.adapters.slack.rules import automatic, marks, unescaped
from tests.bot.adapters.slack.server import SlackApi

OWNER = "T0WHATIF:U0ANNA"

NASTY = (
    "<!channel> <!here> <!everyone> @channel @here <@U0BEN> <#C0GENERAL> #general <!subteam^S1>"
    " <https://evil.example|my bank> https://evil.example www.evil.example a@evil.example mailto:a@b.example"
    " <!date^1392734382^{date}^https://evil.example|x> &lt;!channel&gt; &amp;lt;!here&amp;gt; *b* _i_ `c` ~s~"
)


def checked(post: Json) -> Json:
    """A post, when Slack would take it."""
    assert post["text"]
    assert len(post["blocks"]) <= 50
    assert sum(len(str(block["text"]["text"])) for block in post["blocks"] if "text" in block) <= 13_000
    ids = [block["block_id"] for block in post["blocks"] if "block_id" in block]
    assert len(set(ids)) == len(ids)
    for block in post["blocks"]:
        parsed = Block.parse(block)
        assert parsed
        parsed.validate_json()
        if block["type"] == "section":
            assert 1 <= len(block["text"]["text"]) <= 3000
            assert block["text"]["verbatim"]
        if block["type"] == "actions":
            assert 1 <= len(block["elements"]) <= 25
            actions = [element["action_id"] for element in block["elements"]]
            assert len(set(actions)) == len(actions)
            for element in block["elements"]:
                assert len(element.get("options", [])) <= 10
    return post


def question(count: int, **more: object) -> Message:
    """A question with so many boxes."""
    boxes = tuple(
        Choice(f"decide/pulls:o{at}~7", f"Option {at}", picked=at % 3 == 0, ticks=True) for at in range(count)
    )
    return Message("decide/pulls", "Why?", boxes, pick="many", token="decide/pulls~7", done="Done", **more)  # type: ignore[arg-type]


def test_markup_is_told_in_slacks_own() -> None:
    text = (
        "<b>Go</b>, says <i>she</i>: <code>a&lt;b</code>\n\n<blockquote>one\ntwo</blockquote>\n"
        '<a href="https://a.example/?x=1&amp;y=2">there</a>'
    )
    (part,) = parts(text)
    assert part.mrkdwn == (
        "*Go*, says _she_: `a&lt;b`\n\n> one\n> two\n<https://a.example/?x=1&amp;y=2|there>"
    )
    assert part.plain == "Go, says she: a&lt;b\n\n> one\n> two\nthere"


def test_signs_touch_their_words() -> None:
    assert parts("<b> a </b>b<b> </b>")[0].mrkdwn == "*a* b"
    assert parts("<i>a\nb</i>")[0].mrkdwn == "_a_\n_b_"


def test_a_question_is_all_in_its_text_and_in_its_blocks() -> None:
    skip = Choice("decide/prepare:skip~7", "Skip")
    asked = Message(
        "decide/prepare",
        "Will you <b>prepare</b>?",
        (Choice("decide/prepare:yes~7", "Yes & no"), Choice("decide/prepare:no~7", "No", picked=True)),
        (skip,),
        "one",
    )
    (post,) = posts(asked, OWNER, "Write it")
    assert checked(post)["text"] == "Will you prepare?\n\n1. Yes &amp; no\n2. No"
    _, choices, controls = post["blocks"]
    assert [each["text"]["text"] for each in choices["elements"]] == ["Yes & no", "✓ No"]
    assert [each["value"] for each in controls["elements"]] == ["decide/prepare:skip~7"]
    assert choices["block_id"] == f"choices.0:{OWNER}"


@pytest.mark.parametrize("count", [1, 7, 10, 11, 30])
def test_boxes_go_ten_together_and_one_button_sends_them(count: int) -> None:
    (post,) = posts(question(count), OWNER, "")
    checked(post)
    boxes = [e for b in post["blocks"] for e in b.get("elements", []) if e["type"] == "checkboxes"]
    assert sum(len(each["options"]) for each in boxes) == count
    assert sum(len(each.get("initial_options", [])) for each in boxes) == len(range(0, count, 3))
    styled = [e for b in post["blocks"] for e in b.get("elements", []) if e.get("style")]
    assert [(each["action_id"], each["style"], each["value"]) for each in styled] == [
        ("submit", "primary", "decide/pulls~7")
    ]


def test_many_buttons_and_long_labels_fit() -> None:
    many = tuple(Choice(f"decide/menu:o{at}~7", "x" * 200) for at in range(60))
    (post,) = posts(Message("decide/menu", "Well?", many, pick="one"), OWNER, "")
    checked(post)
    long = Message(
        "decide/pulls", "Why?", (Choice("decide/pulls:a~7", "y" * 200, ticks=True),), pick="many",
        token="decide/pulls~7", done="z" * 200,
    )  # fmt: skip
    checked(posts(long, OWNER, "")[0])
    assert "y" * 200 in posts(long, OWNER, "")[0]["text"]


def test_a_question_for_words_has_a_form() -> None:
    asked = Message("decide/interview", "Which?", controls=(Choice("a/b:skip~1", "Skip"),), pick="text")
    (post,) = posts(asked, OWNER, "Write it")
    assert [e["action_id"] for b in post["blocks"] for e in b.get("elements", [])] == ["write", "choose.skip"]


@given(st.text(max_size=20_000))
@example("&" * 9_000)
@example("a" * 9_000)
@example("😀" * 9_000)
@example("\n" * 10)
@example(NASTY)
def test_any_text_fits_and_arrives_as_text(text: str) -> None:
    said = f"You said: {escape(text)}"
    found = posts(Message("decide/said", said), OWNER, "")
    for post in found:
        checked(post)
    spoken = "".join(block["text"]["text"] for post in found for block in post["blocks"])
    assert not marks(spoken)
    assert not marks("\n".join(post["text"] for post in found))
    assert "".join(unescaped(spoken).split()) == "".join(markup.plain(said).split())
    for post in (answered("Why?", said), closed(said)):
        assert not marks(post["text"])


def test_nothing_that_a_person_writes_is_a_link_or_an_alert() -> None:
    (post,) = posts(Message("decide/said", f"<i>You said: {escape(NASTY)}</i>"), OWNER, "")
    for text in (post["text"], answered("Why?", escape(NASTY))["text"], closed(escape(NASTY))["text"]):
        assert marks(text) == []
        # It is sent with parse=none, so no name is looked for in it.
        assert automatic(text, alerts=False) == []
    assert marks(post["blocks"][0]["text"]["text"]) == []
    labelled = Message("a/b", "Which?", (Choice("a/b:c~1", NASTY),))
    assert automatic(posts(labelled, OWNER, "")[0]["text"], alerts=False) == []


def test_what_is_told_is_read_aloud_as_it_is_written() -> None:
    assert outgoing.unlinked("a & b <c>").replace("\u2060", "") == "a &amp; b &lt;c&gt;"


async def test_a_person_can_make_no_mention_no_link_and_no_alert(api: SlackApi, running: Running) -> None:
    anna = api.person()
    async with running():
        await anna.command("/interview")
        await api.quiet(0.1)
        await anna.taps("Write it")
        await api.until(lambda: anna.modal)
        await anna.submits_view({"text": NASTY[:200]})
        await api.quiet(0.1)
        await anna.opens_home()
        await anna.says(NASTY)
        await api.quiet(0.1)
        assert "@channel" in "\n".join(anna.texts).replace("\u2060", "")
        assert api.unmeant == []
        assert not api.refusals


async def test_a_question_is_replaced_by_what_was_said(api: SlackApi, running: Running) -> None:
    anna = api.person()
    async with running():
        await anna.command("/interview")
        await api.quiet(0.1)
        await anna.taps("Skip")
        await api.quiet(0.1)
        boxes = anna.question
        assert boxes
        await anna.ticks("The pay looks low", "I’ve cooled on it")
        await anna.submits()
        await api.quiet(0.1)
        assert not boxes.live
        assert boxes.says.endswith("You said: The pay looks low. I’ve cooled on it")
        assert boxes.says.startswith("What holds you back?")
        assert boxes.plain.endswith("You said: The pay looks low. I’ve cooled on it")
