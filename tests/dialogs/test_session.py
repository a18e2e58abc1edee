"""A saved conversation comes back as it was, or not at all, with a clear word and no other fault."""

import json
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialogs.events import Command, Event, Said, Started
from dialogs.session import Change, Plan, Session, SessionError, dumps, loads
from tests.dialogs.people import answers, begun, dialog, play, say, walked

LINES = ("the bank, 2026-12-03", "cooled_off, salary_too_low", "need_income", "skip", "no", "yes")


def whole() -> Session:
    """A conversation with a bit of everything in it."""
    now = say(begun(), *LINES, *["yes"] * 4, "going", "change", "hesitations", "just_to_see", "skip", "going")
    now = say(now, "back", "remind me", "suppose", "prepare", "no")
    assert now.reminders
    assert now.plan.detour
    assert now.plan.detour.answer == "no"
    return now


FLOW = dialog().flow
SAVED = dumps(whole(), FLOW)


def read(data: object) -> Session:
    return loads(json.dumps(data), FLOW)


def places(data: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a JSON value, outermost first."""
    yield path
    for key, value in (
        data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    ):
        yield from places(value, (*path, key))


def changed(data: Any, path: tuple[Any, ...], value: object) -> Any:
    """A JSON value with another one at a place."""
    if not path:
        return value
    copy = dict(data) if isinstance(data, dict) else list(data)
    copy[path[0]] = changed(data[path[0]], path[1:], value)
    return copy


def usable(session: Session) -> bool:
    """Whether a conversation can go on: nothing raises, it can be saved, and every reply is text."""
    events: tuple[Event, ...] = (
        Started(),
        Said("1"),
        Said("yes"),
        Said("the bank"),
        *map(Command, ("back", "change", "why", "keep")),
    )
    for event in events:
        after, messages = dialog().step(session, event)
        dumps(after, FLOW).encode()
        "".join(message.text for message in messages).encode()
        play(after, Command("back"), Command("leave"), Started())
    return True


def harmless(text: str) -> bool:
    """Whether a text is refused with a clear word, or read as a conversation that can go on."""
    try:
        session = loads(text, FLOW)
    except SessionError as error:
        return bool(str(error))
    return usable(session)


@given(answers(whole=True))
def test_a_saved_conversation_comes_back_as_it_was(said: dict[str, Any]) -> None:
    now = walked(said)
    again = loads(dumps(now, FLOW), FLOW)
    assert again == now
    assert dumps(again, FLOW) == dumps(now, FLOW)
    assert play(again, Started()) == play(now, Started())
    assert "\n" not in dumps(now, FLOW)


def test_a_detour_comes_back_too() -> None:
    now = whole()
    assert loads(SAVED, FLOW) == now
    assert play(loads(SAVED, FLOW), Said("keep")) == play(now, Said("keep"))


def test_every_truncation_is_refused() -> None:
    for end in range(len(SAVED)):
        with pytest.raises(SessionError):
            loads(SAVED[:end], FLOW)


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("version", 2, "version"),
        ("version", 0, "version"),
        ("version", "1", "version"),
        ("version", None, "version"),
        ("dialog", "other", "dialog"),
        ("dialog", None, "dialog"),
        ("flow", 99, "version"),
        ("plans", [], "together"),
        ("plans", {}, "together"),
        ("open", 1, "together"),
        ("open", -1, "together"),
        ("open", True, "together"),
        ("asked", 10**30, "together"),
        ("unclear", 1.0, "together"),
        ("locale", "\ud800", "together"),
    ],
)
def test_a_conversation_that_is_not_ours_is_refused_with_a_word_why(
    key: str, value: object, said: str
) -> None:
    with pytest.raises(SessionError, match=said):
        read({**json.loads(SAVED), key: value})


@pytest.mark.parametrize("key", ["version", "dialog", "flow", "locale", "asked", "unclear", "open", "plans"])
def test_a_missing_key_is_refused(key: str) -> None:
    with pytest.raises(SessionError):
        read({name: value for name, value in json.loads(SAVED).items() if name != key})


def test_answers_that_are_no_longer_asked_for_drop_out() -> None:
    data = json.loads(SAVED)
    said = {"interview": None, "hesitations": ["cooled_off"], "what_if.salary_review": "yes"}
    data["plans"] = [{"answers": said, "history": []}]
    assert set(read(data).plan.answers) == {"interview", "hesitations"}


@pytest.mark.parametrize(
    "said",
    [
        {"prepare": "perhaps"},
        {"nonsense": "yes"},
        {"hesitations": []},
        {"hesitations": None},
        {"hesitations": ["nonsense"]},
        {"hesitations": "cooled_off"},
        {"outcome": None},
        {"interview": "the bank"},
        {"interview": {"label": ""}},
        {"interview": {"label": "the bank", "date": "soon"}},
        {"interview": {"label": "the bank", "place": "Rome"}},
        {"interview": {"label": "\x1b[31mred"}},
        {"interview": {"label": "half \ud83d"}},
    ],
)
def test_answers_that_nobody_gave_are_refused(said: dict[str, object]) -> None:
    data = json.loads(SAVED)
    data["plans"] = [{"answers": said, "history": []}]
    with pytest.raises(SessionError):
        read(data)


@pytest.mark.parametrize(
    "detour",
    [
        ["decide/nowhere", "", None],
        ["other/change", "", None],
        ["change", "", None],
        ["decide/change", "prepare", None],
        ["decide/suppose.ask", "", None],
        ["decide/suppose.ask", "outcome", None],
        ["decide/suppose.ask", "what_if.top_of_mind", None],
        ["decide/supposed", "prepare", None],
        ["decide/supposed", "prepare", "perhaps"],
        ["decide/supposed", "", "yes"],
        ["decide/done", "", None],
        ["decide/honest", "prepare", None],
        ["decide/honest", [], None],
        ["decide/honest", {}, None],
        [5, "prepare", None],
        [],
        "abc",
        0,
        False,
        {},
    ],
)
def test_a_detour_to_nowhere_is_refused(detour: object) -> None:
    data = json.loads(SAVED)
    data["plans"][0]["detour"] = detour
    with pytest.raises(SessionError):
        read(data)


STRANGE: tuple[object, ...] = (
    None,
    True,
    -1,
    10**25,
    1.5,
    "",
    "\ud800",
    "prepare",
    [],
    ["yes"],
    [[]],
    {},
    {"a": 1},
    [None, None, None],
)


@pytest.mark.parametrize("value", STRANGE, ids=repr)
def test_the_wrong_thing_at_any_place_is_refused_or_harmless(value: object) -> None:
    data = json.loads(SAVED)
    for path in places(data):
        text = json.dumps(changed(data, path, value))
        assert harmless(text), path


def test_a_part_left_out_anywhere_is_refused_or_harmless() -> None:
    data = json.loads(SAVED)
    for *path, key in filter(None, places(data)):
        parent: Any = data
        for step in path:
            parent = parent[step]
        kept = [each for at, each in enumerate(parent) if at != key]
        without = {each: parent[each] for each in parent if each != key} if isinstance(parent, dict) else kept
        assert harmless(json.dumps(changed(data, tuple(path), without)))


def test_deep_nesting_is_refused_at_any_depth() -> None:
    here = sys.getrecursionlimit()
    for depth in (*range(here - 250, here + 50), 100_000):
        deep = "[" * depth + "]" * depth
        for place in ('"version":1', '"need_income"', '"yes"', '"asked":'):
            text = {'"version":1': f'"version":{deep}'}.get(place, deep)
            broken = SAVED.replace(place, text + (',"x":' if place == '"asked":' else ""), 1)
            with pytest.raises(SessionError):
                loads(broken, FLOW)
    with pytest.raises(SessionError):
        loads("[" * 100_000, FLOW)


@pytest.mark.parametrize(
    "text", ["", "null", "[]", '"x"', "1", "NaN", "{}", "\x00", "\ud800", "1" * 10_000, '{"version":']
)
def test_what_is_no_conversation_at_all_is_refused(text: str) -> None:
    with pytest.raises(SessionError):
        loads(text, FLOW)


def test_numbers_too_long_to_read_are_refused() -> None:
    for digits in (20, 400, 4_000, 5_000):
        for key in ("version", "flow", "asked", "unclear", "open"):
            with pytest.raises(SessionError):
                loads(SAVED.replace(f'"{key}":', f'"{key}":{"9" * digits}', 1), FLOW)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["yes", "prepare"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
PLACES = list(places(json.loads(SAVED)))


@settings(max_examples=200)
@given(JSON, st.sampled_from(PLACES))
def test_any_json_at_any_place_is_refused_or_harmless(value: object, path: tuple[Any, ...]) -> None:
    assert harmless(json.dumps(changed(json.loads(SAVED), path, value)))


@given(st.text(max_size=40), st.integers(0, len(SAVED)), st.integers(0, 20))
def test_any_text_put_anywhere_is_refused_or_harmless(text: str, at: int, over: int) -> None:
    assert harmless(SAVED[:at] + text + SAVED[at + over :])


def test_a_plan_told_backwards_is_the_plan_before() -> None:
    before = Plan({"prepare": "yes", "honest": None})
    after = before.changed({"prepare": "no", "runway": "urgent"})
    assert after.history == (Change({"prepare": "yes", "honest": None}, ("runway",)),)
    assert after.undone() == before


def test_what_is_kept_beside_the_answers_comes_back() -> None:
    plan = Plan({"hesitations": ("cooled_off",)}, ("hesitations",)).detailed(role="teller", note="ä\n<b>")
    kept = Session(plans=(plan,)).with_settings(country="NZ", zone="Pacific/Auckland")
    assert loads(dumps(kept, FLOW), FLOW) == kept
    assert plan.changed({}).undone().details == plan.details
    assert not plan.detailed(role="", note="").details
    assert kept.with_settings(country="", zone="").settings == {}
    assert kept.moved(plan).settings == kept.with_plan(plan).settings == kept.settings


@pytest.mark.parametrize("of", ["details", "settings"])
@pytest.mark.parametrize("given", ['["a"]', '{"A": "b"}', '{"a": 1}', '{"a.b": "c"}'])
def test_what_is_kept_by_name_is_text_under_a_name(of: str, given: str) -> None:
    whole = dumps(Session(plans=(Plan().detailed(kept="x"),)).with_settings(kept="x"), FLOW)
    with pytest.raises(SessionError):
        loads(whole.replace(f'"{of}":{{"kept":"x"}}', f'"{of}":{given}'), FLOW)
