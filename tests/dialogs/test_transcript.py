"""Transcripts: what a message prints, and that playing one again says the same or where it doesn't."""

from pathlib import Path

import pytest

from dialogs.content import load
from dialogs.engine import Dialog
from dialogs.events import Attachment, Choice, Due, Message, Said, Started
from dialogs.transcript import Difference, coverage, difference, parse, plain_message, play, write

TRANSCRIPTS = sorted((Path(__file__).parents[1] / "transcripts").glob("*.txt"))


@pytest.fixture(scope="module")
def dialog() -> Dialog:
    return load()


def replayed(dialog: Dialog, text: str) -> str:
    transcript = parse(text)
    return write(transcript, play(dialog, transcript))


def test_a_message_is_its_state_its_text_and_its_choices() -> None:
    message = Message(
        "decide/pulls",
        "What <b>pulls</b> you &amp; why?",
        (
            Choice("decide/pulls:a~1", "One", picked=True, ticks=True),
            Choice("decide/pulls:b~1", "Two", ticks=True),
            Choice("decide/pulls:none~1", "Nothing"),
        ),
        (Choice("decide/pulls:back~1", "Back"), Choice("decide/pulls:why~1", "Why?")),
        "many",
        progress=(3, 7),
    )
    assert plain_message(message) == (
        "[decide/pulls]\n"
        "What pulls you & why?\n"
        "  1. [x] One\n"
        "  2. [ ] Two\n"
        "  3. Nothing\n"
        "  3 of 7 (back, why)\n"
    )


def test_a_message_prints_no_more_than_it_has() -> None:
    assert plain_message(Message("decide/said", "You said: A")) == "[decide/said]\nYou said: A\n"
    assert plain_message(Message("decide/verdict", "Go.", note="go 4")) == "[decide/verdict go 4]\nGo.\n"
    menu = Message("decide/menu", "Well?", (Choice("decide/menu:again~1", "Again"),), pick="one")
    assert plain_message(menu) == "[decide/menu]\nWell?\n  1. Again\n"
    talk = Message("decide/talk", "Talk.", controls=(Choice("decide/talk:again~1", "Again"),))
    assert plain_message(talk) == "[decide/talk]\nTalk.\n  (again)\n"
    assert plain_message(Message("a/b", "Text.", progress=(1, 2))) == "[a/b]\nText.\n  1 of 2\n"


def test_files_and_what_can_be_copied_stand_below_the_text() -> None:
    files = (Attachment("card", "a.png", "{}"), Attachment("file", "a.md", "#"))
    choices = (Choice("a/b:c~1", "One"),)
    message = Message("a/b", "Text.", choices, attachments=files, copyable="A & B")
    assert plain_message(message) == "[a/b]\nText.\n\nA & B\n  file: a.png\n  file: a.md\n  1. One\n"


def test_lines_typed_and_openings_are_what_counts() -> None:
    transcript = parse("# one\n# two\n\n[decide/x]\nHello # not a comment\n\n>  a, b \n= opened again\n> \n")
    assert transcript.comments == ("# one", "# two")
    assert [turn.event for turn in transcript.turns] == [Started(), Said(" a, b "), Started(), Said("")]
    assert parse("").comments == ()
    assert [turn.event for turn in parse("").turns] == [Started()]


def test_a_reminder_is_due_so_much_later_than_the_one_before() -> None:
    lines = ["1 minute later, nudge is due", "26 hours later, nudge is due", "3 days later, other_one is due"]
    _, *turns = parse("".join(f"= {line}\n" for line in lines)).turns
    assert [turn.event for turn in turns] == [Due("nudge"), Due("nudge"), Due("other_one")]
    assert [turn.later for turn in turns] == [60, 26 * 3_600, 3 * 86_400]
    for odd in ("= 3 weeks later, nudge is due", "= nudge is due", "= 3 days later, nudge is due now"):
        assert len(parse(odd).turns) == 1


def test_time_passes_only_where_it_says_so(dialog: Dialog) -> None:
    text = "> remind me\n= 23 hours later, nudge is due\n> skip\n= 1 hour later, nudge is due\n"
    early, _, due = list(play(dialog, parse(text)))[-3:]
    assert (early.messages, early.after) == ((), early.before)
    assert [message.state for message in due.messages] == ["decide/nudge", "decide/hesitations"]


def test_a_reminder_finds_nobody_where_the_person_has_left(dialog: Dialog) -> None:
    text = "> remind me\n> stop\n= 24 hours later, nudge is due\n> unheard\n"
    assert [turn.messages for turn in play(dialog, parse(text))][-2:] == [(), ()]


def test_what_is_written_reads_back_as_itself(dialog: Dialog) -> None:
    text = replayed(dialog, "# A title\n> skip\n> stop\n> unheard\n= opened again\n> cooled_off\n")
    assert replayed(dialog, text) == text
    assert text.startswith("# A title\n\n[decide/welcome]\n")
    assert "\n\n> skip\n[decide/said]\n" in text
    assert "\n\n> unheard\n\n= opened again\n[decide/welcome_back]\n" in text
    assert text.endswith("(back, why)\n")
    assert "\n\n\n" not in text


def test_without_comments_it_begins_with_the_bot(dialog: Dialog) -> None:
    assert replayed(dialog, "> skip\n").startswith("[decide/welcome]\n")


@pytest.mark.parametrize(
    ("stands", "played", "found"),
    [
        ("a\nb\n", "a\nb\n", None),
        ("a\nb\nc\n", "a\nB\nC\n", Difference(2, "b", "B")),
        ("a\n", "a\nb\n", Difference(2, "", "b")),
        ("a\nb", "a", Difference(2, "b", None)),
        ("a\n\nb", "a\nb", Difference(2, "", "b")),
    ],
)
def test_the_first_difference_has_its_line(stands: str, played: str, found: Difference | None) -> None:
    assert difference(stands, played) == found


def test_a_difference_shows_both_sides() -> None:
    assert str(Difference(7, "old", "new")) == "line 7\n  stands: old\n  played: new"
    assert str(Difference(7, None, "")) == "line 7\n  stands: (the end)\n  played: (an empty line)"


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=lambda path: path.stem)
def test_each_transcript_plays_as_it_stands(path: Path, dialog: Dialog) -> None:
    stands = path.read_bytes().decode()
    assert stands.startswith("# ")
    assert difference(stands, replayed(dialog, stands)) is None


def test_together_they_show_everything(dialog: Dialog) -> None:
    assert TRANSCRIPTS
    turns = [turn for path in TRANSCRIPTS for turn in play(dialog, parse(path.read_text("utf-8")))]
    for covered in coverage(dialog, turns):
        assert covered.missing == ()
        assert covered.all > 0


def test_they_show_what_people_do(dialog: Dialog) -> None:
    shown = {path.stem: path.read_text("utf-8") for path in TRANSCRIPTS}
    said = "\n".join(shown.values())
    for verdict in dialog.table.rows:
        assert f"[decide/verdict {verdict.verdict} {verdict.row}]" in said
    for state in (
        "undone",
        "changed",
        "kept",
        "required",
        "unclear",
        "menu",
        "restarted",
        "not_here",
        "suggest",
    ):
        assert f"[decide/{state}]" in said
    assert "= opened again\n[decide/welcome_back]" in said
    assert "You said: <b>the {{ 7*7 }} knab & co</b>" in said


def test_coverage_names_what_is_missing(dialog: Dialog) -> None:
    turns = list(play(dialog, parse("> skip\n> cooled_off\n> none\n> why\n> help\n")))
    found = {covered.kind: covered for covered in coverage(dialog, turns)}
    assert str(found["states"]) == f"states: 4 of {len(dialog.machine.states)}"
    assert "decide/verdict" in found["states"].missing
    assert "decide/pulls" not in found["states"].missing
    assert {"why", "help"}.isdisjoint(found["asides"].missing)
    assert {"talk", "other_side"} <= set(found["asides"].missing)
    assert "hesitations cooled_off" not in found["options"].missing
    assert {"hesitations just_to_see", "honest no"} <= set(found["options"].missing)
    assert "pulls none" not in found["options"].missing
    assert "go 8" in found["rows"].missing


def test_an_option_is_taken_where_it_is_only_supposed_but_a_row_is_not(dialog: Dialog) -> None:
    lines = ["skip", "cooled_off", "none", "no", "no", "yes", "yes", "suppose", "prepare", "no"]
    turns = list(play(dialog, parse("".join(f"> {line}\n" for line in lines))))
    found = {covered.kind: covered for covered in coverage(dialog, turns)}
    assert "prepare no" not in found["options"].missing
    assert "honest no" in found["options"].missing
    assert "decline 1" in found["rows"].missing
    assert "decline 6" not in found["rows"].missing


def test_a_transcript_may_say_when_it_begins() -> None:
    text = "# a comment\n\n= it is 2027-02-03 04:05\n\n> the bank, tomorrow\n= it is 2030-01-01 00:00\n"
    transcript = parse(text)
    assert [turn.later for turn in transcript.turns] == [1_801_627_500.0, 0.0]
    assert write(transcript, ()) == "# a comment\n"
    assert transcript.turns[0].line == "= it is 2027-02-03 04:05"
    for wrong in ("= it is 2027-02-30 04:05", "= it is late"):
        assert parse(f"{wrong}\n").turns == parse("").turns
