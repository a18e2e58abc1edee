"""Where to practise: places as data with sources, an operator's own over them, and the country."""

from __future__ import annotations

import datetime
import re
from pathlib import Path

import pytest

from dialogs import markup
from dialogs.content import FLOWS, load
from dialogs.engine import Dialog
from dialogs.events import Chose, Message, Said, Started
from dialogs.faults import ContentError
from dialogs.practice import OFFERS, Places, Practice, load_practice
from dialogs.rooms.practise import COUNTRIES, COUNTRY, ELSEWHERE, PART_MOST
from dialogs.session import Session, dumps, loads
from tests.dialogs.broken import Copy
from tests.dialogs.people import begun, dialog, play, say

PATH = FLOWS / "decide.practice.toml"
DAY = datetime.date(2026, 12, 3)


def place(name: str, *countries: str) -> Practice:
    return Practice(name, ("tips",), ("https://example.org/",), DAY, countries, web="example.org")


def shown(messages: tuple[Message, ...] | list[Message]) -> str:
    return "\n".join(markup.plain(message.text) for message in messages)


# The data.


def test_every_country_has_two_places_at_least() -> None:
    places = load_practice(PATH)
    assert set(places.countries) == set(COUNTRIES)
    for code in COUNTRIES:
        assert len([one for one in places.places if code in one.countries]) >= 2, code
    assert any(not one.countries for one in places.places)


def test_every_place_has_a_source_on_the_web_and_the_day_it_was_read() -> None:
    for one in load_practice(PATH).places:
        assert one.sources, one.name
        assert all(re.fullmatch(r"https?://[\w.-]+/\S+", source) for source in one.sources), one.name
        assert one.checked >= datetime.date(2026, 11, 22), one.name
        assert one.call or one.web, one.name
        assert set(one.offers) <= set(OFFERS), one.name


def test_an_address_of_a_place_is_its_sources_or_named_in_one_of_them() -> None:
    named = {"careeronestop.org", "ncda.org", "workbc.ca", "jobsandskills.wa.gov.au"}
    named |= {"coachingfederation.org", "jobsireland.ie"}
    for one in load_practice(PATH).places:
        assert not one.web or one.web in named or any(one.web in source for source in one.sources), one.name


def test_places_in_the_country_come_before_those_for_anywhere() -> None:
    a, b, c = place("a"), place("b", "NZ", "AU"), place("c", "NZ")
    places = Places([a, b, c])
    assert places.near("NZ") == (b, c, a)
    assert places.near("AU") == (b, a)
    assert places.near(ELSEWHERE) == places.near("") == (a,)
    assert places.countries == ("NZ", "AU")
    assert Places().near("NZ") == ()


ENTRY = "[[places]]"


@pytest.mark.parametrize(
    ("old", "new", "at", "what"),
    [
        ('sources = ["https://www.thecdi', '# ["', ENTRY, "add sources ="),
        ('["https://www.thecdi.net/Professional-Register-"]', "[]", "sources", "name at least one"),
        ("https://www.thecdi.net/", "thecdi.net/", "sources", "write it in full"),
        ("checked = 2026-11-22", "", ENTRY, "add checked ="),
        ("checked = 2026-11-22", 'checked = "today"', "checked", "write checked = 2026-12-03"),
        ("checked = 2026-11-22", "checked = 2026-13-22", "checked", "not TOML"),
        ('name = "Intreo"', 'name = "Working Wales"', "name", "stands twice"),
        ('name = "Intreo"', f'name = "{"Intreo " * 20}"', "name", "longer than 60 characters"),
        ('name = "Intreo"', 'name = "Intreo"\ntitle = "A"', "title", "use name, offers"),
        ('web = "igc.ie"', "", 'name = "Institute', "nothing says how to reach"),
        ('web = "igc.ie"', 'web = "https://igc.ie"', "web", "write it without https://"),
        ('web = "igc.ie"', 'web = "igc"', "web", "no address"),
        ('call = "0800 100 900"', 'call = "ring us"', "call", "'ring us' can't be dialled"),
        ('countries = ["IE"]', 'countries = ["Ireland"]', '"Ireland"', "two capitals"),
        ('offers = ["tips"]', 'offers = ["luck"]', "offers", "use some of workshops"),
        ('offers = ["tips"]', "offers = []", "offers", "'offers' of 'Work and Income' is empty"),
        ("free = true", 'free = "yes"', "free", "true or false"),
    ],
)
def test_what_is_wrong_with_the_file_is_named_with_its_line_and_its_cure(
    tmp_path: Path, old: str, new: str, at: str, what: str
) -> None:
    copy = Copy(tmp_path)
    path = copy.flows / PATH.name
    copy.change(path, old, new)
    found = [fault for fault in copy.faults() if fault.path == str(path)]
    (told,) = [fault for fault in found if what in f"{fault.what}; {fault.cure}"]
    assert at in path.read_text("utf-8").splitlines()[told.line - 1]


# An operator's own.


def overlay(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "own.toml"
    path.write_text(text, "utf-8")
    return path


OWN = """\
[[places]]
name = "Our coaches"
countries = ["IE", "DE"]
offers = ["mock", "adviser"]
free = true
call = "+353 1 234 5678"
sources = ["https://coaches.example.org/about"]
checked = 2026-12-03

[[places]]
name = "Intreo"
countries = ["IE"]
offers = ["workshops"]
web = "example.org/intreo"
sources = ["https://example.org/intreo"]
checked = 2026-12-03
"""


def test_an_operators_places_come_after_ours_or_replace_those_of_the_same_name(tmp_path: Path) -> None:
    places = load_practice(PATH, overlay(tmp_path, OWN))
    ours = load_practice(PATH)
    assert len(places.places) == len(ours.places) + 1
    assert [one.name for one in places.near("IE")] == [
        *("Intreo", "Institute of Guidance Counsellors", "Our coaches", "International Coaching Federation")
    ]
    assert places.near("IE")[0].web == "example.org/intreo"
    assert places.near("GB") == ours.near("GB")
    assert places.countries == (*ours.countries, "DE")


def test_an_operators_places_are_named_and_a_country_without_a_name_by_its_code(tmp_path: Path) -> None:
    own = load(practice=overlay(tmp_path, OWN))
    session, messages = own.step(Session(), Said("where to practise"))
    assert [choice.label for choice in messages[-1].choices][-2:] == ["DE", "Somewhere else"]
    session, messages = own.step(session, Said("de"))
    text = shown(messages)
    assert "DE. Look it up" in text
    assert "• Our coaches, free: a practice interview, somebody to ask. Call +353 1 234 5678." in text
    # Without the operator's file, it is a country that nothing is known of.
    assert "I have no list for where you are" in shown(play(session, Started())[1])


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        (OWN.replace('"mock", ', '"magic", '), 4, "'magic' is nothing that is known here"),
        (OWN.replace('call = "+353 1 234 5678"\n', ""), 2, "nothing says how to reach 'Our coaches'"),
        (OWN.replace("[[places]]", "[[services]]"), 1, "'services' is unknown"),
        ("places = 5\n", 1, "wrong type"),
        ("[[places]\n", 1, "not TOML"),
    ],
)
def test_faults_of_an_operators_file_are_told_with_file_and_line(
    tmp_path: Path, text: str, line: int, what: str
) -> None:
    path = overlay(tmp_path, text)
    with pytest.raises(ContentError) as caught:
        load(practice=path)
    assert any(
        (fault.path, fault.line) == (str(path), line) and what in fault.what for fault in caught.value.faults
    ), caught.value.faults
    assert {fault.path for fault in caught.value.faults} == {str(path)}


def test_a_missing_file_and_faults_in_both_are_told_together(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match=r"nowhere\.toml:1: it can't be read"):
        load(practice=tmp_path / "nowhere.toml")
    broken = tmp_path / "broken.toml"
    broken.write_text("places = 1\n", "utf-8")
    with pytest.raises(ContentError) as caught:
        load_practice(broken, overlay(tmp_path, OWN.replace("true", "5")))
    assert {Path(fault.path).name for fault in caught.value.faults} == {"broken.toml", "own.toml"}


def test_a_name_is_shown_as_it_is_written_whoever_wrote_it(tmp_path: Path) -> None:
    own = load(practice=overlay(tmp_path, OWN.replace("Our coaches", "Our <b>{{ 7*7 }}</b> & co")))
    session, _ = own.step(Session(settings={COUNTRY: "IE"}), Said("where to practise"))
    text = own.step(session, Started())[1][-1].text
    assert "Our &lt;b&gt;{{ 7*7 }}&lt;/b&gt; &amp; co" in text


def test_many_places_come_in_several_messages(tmp_path: Path) -> None:
    many = "\n".join(
        OWN.partition("\n\n")[0].replace("Our coaches", f"Coach {number}") for number in range(2 * PART_MOST)
    )
    own = load(practice=overlay(tmp_path, many))
    messages = own.step(Session(settings={COUNTRY: "IE"}), Said("where to practise"))[1]
    assert all(message.text.count("• ") <= PART_MOST for message in messages)
    assert shown(messages).count("• Coach ") == 2 * PART_MOST
    assert shown(messages).count("Ireland. Look it up") == 1


# The rooms.


def country(session: Session) -> str:
    return session.settings.get(COUNTRY, "")


@pytest.mark.parametrize(
    "line",
    ["where can I practise", "Where can I practice?", "where to practise", "Places to practice"],
)
def test_the_country_is_asked_once_and_can_be_changed(line: str) -> None:
    session, messages = play(begun(), Said(line))
    assert [message.state for message in messages] == ["decide/country"]
    session, messages = play(session, Said("New Zealand"))
    assert {message.state for message in messages} == {"decide/practise"}
    assert "Tahatū" in shown(messages)
    assert country(session) == "NZ"
    session = loads(dumps(session, dialog().flow), dialog().flow)
    messages = play(say(session, "back"), Said(line))[1]
    assert {message.state for message in messages} == {"decide/practise"}
    session, messages = play(session, Said("another country"), Said("canada"))
    assert country(session) == "CA"
    assert "WorkBC" in shown(messages)
    assert "Tahatū" not in shown(messages)


@pytest.mark.parametrize(
    ("line", "code"),
    [("us", "US"), ("USA", "US"), ("the U.S.A.", ""), ("the united states", "US"), ("United States", "US"),
     ("uk", "GB"), ("Scotland", "GB"), ("the United Kingdom", "GB"), ("5", "AU"),
     ("ireland!", "IE"), ("aotearoa", "NZ"),
     ("Somewhere else", ELSEWHERE), ("7", ELSEWHERE), ("Mordor", ""), ("DE", ""), ("ZZ", "")],
)  # fmt: skip
def test_a_country_is_named_in_the_usual_ways(line: str, code: str) -> None:
    assert country(say(begun(), "where to practise", line)) == code


@pytest.mark.parametrize("line", ["practice", "practise", "I need the practice"])
def test_practice_alone_is_a_reason_where_reasons_are_asked_for(line: str) -> None:
    session = say(begun(), "the bank", "cooled_off", line)
    assert session.plan.answers["pulls"] == ("needs_practice",)


def test_elsewhere_is_told_what_there_is_anywhere() -> None:
    text = shown(play(begun(), Said("where to practise"), Said("somewhere else"))[1])
    assert "Recruiting firms" in text
    assert "coachingfederation.org" in text
    assert "Call" not in text


def test_the_country_alone_leads_back_to_where_one_was() -> None:
    before = say(begun(), "the bank")
    after, messages = play(before, Said("my country"), Said("ireland"))
    assert [message.state for message in messages] == ["decide/country", "decide/hesitations"]
    assert after.plan.answers == before.plan.answers
    assert country(after) == "IE"


@pytest.mark.parametrize("text", ["XX", "Ireland", "", "<b>", "DE", "ie"])
def test_an_odd_country_in_store_does_no_harm(text: str) -> None:
    session = Session(settings={COUNTRY: text}) if text else Session()
    messages = play(session, Said("where to practise"))[1]
    assert messages[-1].choices
    assert "<b>" not in messages[-1].text


def test_a_forged_country_is_stale() -> None:
    session, messages = play(begun(), Said("where to practise"))
    token = messages[-1].choices[0].token
    for option in ("zz", "de", "US ", "country_US", "practise.again"):
        after, told = play(session, Chose(token.replace(":us~", f":{option}~")))
        assert told[0].state == "decide/stale"
        assert country(after) == ""


def test_the_verdict_that_sends_elsewhere_has_a_button_for_it() -> None:
    walk = (
        "the bank",
        "not_interested_at_all",
        "needs_practice",
        "recently",
        "yes",
        "no",
        "no",
        "no",
        "yes",
        "yes",
    )
    messages = play(say(begun(), *walk), Started())[1]
    assert "practise" in [choice.option for choice in messages[-1].choices]
    other = play(say(begun(), "the bank", "cooled_off", "none", "no", "no", "yes", "yes"), Started())[1]
    assert "practise" not in [choice.option for choice in other[-1].choices]


def test_nobody_is_asked_for_a_country_where_a_dialog_names_no_places() -> None:
    ours = dialog()
    bare = Dialog(ours.flow, ours.table, ours.words, ours.people)
    messages = bare.step(Session(settings={COUNTRY: "IE"}), Said("where to practise"))[1]
    assert "I have no list" in shown(messages)
