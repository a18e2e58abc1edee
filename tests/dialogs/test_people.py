"""People to talk to: as data with sources, shown in every locale, and asked for from every screen."""

import datetime
from pathlib import Path

import pytest

from dialogs import markup
from dialogs.content import FLOWS, load
from dialogs.events import Command, Said
from dialogs.people import People, Service, load_people
from dialogs.session import Session
from dialogs.walks import walks
from tests.dialogs.broken import Copy
from tests.dialogs.people import begun, buttons, dialog, play, say

PATH = FLOWS / "decide.people.toml"
DAY = datetime.date(2026, 12, 3)


def service(name: str, *countries: str) -> Service:
    return Service(name, ("https://example.org",), DAY, countries, call="116 123")


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    return Copy(tmp_path)


def test_every_service_has_a_source_on_the_web_and_the_day_it_was_read() -> None:
    services = load_people(PATH).services
    assert {"988", "Samaritans", "Lifeline", "1737", "024", "3114"} <= {one.name for one in services}
    for one in services:
        assert all(source.startswith("http") for source in one.sources)
        assert one.sources
        assert one.checked >= datetime.date(2026, 11, 22)
        assert one.call or one.text or one.web


def test_a_locale_names_its_countries_in_order_then_those_for_anywhere() -> None:
    a, b, c, all_over = service("a", "NZ"), service("b", "GB", "IE"), service("c", "FR"), service("d")
    people = People([all_over, a, b, c], {"en": ["GB", "NZ", "IE"], "fr": ["FR"]})
    assert people.near("en") == (b, a, all_over)
    assert people.near("fr") == (c, all_over)
    assert people.near("tlh") == people.near("en")
    assert [one.name for one in load_people(PATH).near("es")][:2] == ["024", "988"]
    assert [one.name for one in load_people(PATH).near("fr")][:2] == ["3114", "988"]


ENTRY = "[[services]]"


@pytest.mark.parametrize(
    ("old", "new", "at", "what"),
    [
        ('sources = ["https://find', 'hours = "9–17"\n# ["', ENTRY, "add sources ="),
        ("https://findahelpline.com/AU", "findahelpline.com/AU", "sources", "write it in full"),
        ('["https://findahelpline.com/AU"]', "[]", "sources", "has no source"),
        ("checked = 2026-11-22", "", ENTRY, "add checked ="),
        ("checked = 2026-11-22", "checked = 2026-13-22", "checked", "not TOML"),
        ("checked = 2026-11-22", 'checked = "2026-11-22"', "checked", "write checked = 2026-12-03"),
        ("checked = 2026-11-22", "checked = 2026-11-22T10:00:00", "checked", "wrong type"),
        ('name = "Lifeline"', 'name = "Lifeline"\ntitle = "A"', "title", "use name, countries"),
        ('name = "Lifeline"', 'name = "Samaritans"', 'name = "Samaritans"', "'Samaritans' stands twice"),
        ('call = "3114"', "", 'name = "3114"', "nothing says how to reach '3114'"),
        ('call = "3114"', 'call = "three"', "call", "'three' can't be dialled"),
        ('text = "1737"', 'text = "1737?"', "text", "'1737?' can't be dialled"),
        ('countries = ["AU"]', 'countries = ["Australia"]', '"Australia"', "two capitals"),
        ('es = ["ES", "US"]', 'es = ["ES", "MX"]', "es =", "'MX', and no service is there"),
        ('es = ["ES", "US"]', "es = 1", "es =", "wrong type"),
        ('web = "findahelpline.com"', 'countries = ["AU"]\nweb = "f.com"', ENTRY, "nobody to reach"),
        ("[locales]", "[places]", "[places]", "'places' is unknown"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_the_file_is_named_with_its_line_and_its_cure(
    copy: Copy, old: str, new: str, at: str, what: str
) -> None:
    path = copy.flows / PATH.name
    copy.change(path, old, new)
    found = [fault for fault in copy.faults() if fault.path == str(path)]
    (told,) = [fault for fault in found if what in f"{fault.what}; {fault.cure}"]
    assert at in path.read_text("utf-8").splitlines()[told.line - 1]


def test_a_country_the_words_have_no_name_for_is_a_fault(copy: Copy) -> None:
    path = copy.flows / PATH.name
    copy.change(path, 'en = ["US", ', 'en = ["FR", "US", ')
    copy.says(copy.words("talk"), 1, "add {% block country_FR %}")


def test_a_country_nobody_is_told_of_is_a_fault(copy: Copy) -> None:
    copy.change(copy.flows / PATH.name, ', "NZ"]', "]")
    assert any("block 'country_NZ'" in fault.what for fault in copy.faults(copy.words("talk")))


def test_the_message_says_how_to_reach_each_whatever_ways_there_are(copy: Copy) -> None:
    copy.change(copy.flows / PATH.name, 'call = "13 11 14"', 'text = "0477 13 11 14"\nhours = "9:00–17:00"')
    other = load(copy.templates, copy.flows)
    _, messages = other.step(Session(), Command("talk"))
    lines = markup.plain(messages[-1].text).splitlines()
    assert "• US and Canada: call or text 988." in lines
    assert "• UK and Ireland: Samaritans, 116 123." in lines
    assert "• Australia: Lifeline, text 0477 13 11 14 (9:00–17:00)." in lines
    assert "• Anywhere else: findahelpline.com." in lines


# The way out, from everywhere.


def test_talk_shows_the_people_from_every_state() -> None:
    near = load_people(PATH).near("en")
    stood: dict[str, Session] = {}
    for step in walks(dialog(), "en"):
        stood.setdefault(dialog().standing(step.session.plan), step.session)
    assert set(stood) == set(dialog().machine.states)
    for state, session in stood.items():
        for way in (Command("talk"), Said("talk"), Said("I'm having a hard time")):
            _, messages = play(session, way)
            assert [message.state for message in messages] == ["decide/talk"], state
            shown = markup.plain(messages[0].text)
            assert all((one.call or one.text or one.web) in shown for one in near), state


def test_each_screen_of_help_offers_to_talk() -> None:
    helped = play(begun(), Command("help"))[1]
    assert "type talk" in markup.plain(helped[-1].text)
    screens = [helped]
    for session in (begun(), say(begun(), "skip"), say(begun(), "skip", "cooled_off", "none")):
        screens += [play(session, Command(screen))[1] for screen in ("help", "menu")]
    screens.append(play(say(begun(), "skip"), *[Said("zz")] * 3)[1])
    assert {messages[-1].state for messages in screens} == {"decide/help", "decide/menu"}
    for messages in screens:
        (choice,) = [one for one in buttons(messages) if one.token.partition(":")[2].startswith("talk~")]
        assert choice.label == "I’m having a hard time"
