"""The terminal, as somebody sees it: a real program on a real (pseudo) terminal, read off its screen."""

from __future__ import annotations

import io
import re
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pexpect
import pyte
import pytest
from prompt_toolkit.data_structures import Size
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output.vt100 import Vt100_Output

from bot.adapters.terminal import lines, screen
from bot.adapters.terminal.files import Files, UnkeptError
from dialogs import transcript
from dialogs.events import Attachment, Event, Message, Said, Started
from dialogs.words import Words, templates_folder
from tests.bot.cards import BROKEN, EVENT, NOTES, PICTURE

ENTER, DOWN, UP, CTRL_C, CTRL_D = "\r", "\x1b[B", "\x1b[A", "\x03", "\x04"


class Terminal:
    """A terminal of some columns and rows with `whatif chat` in it."""

    def __init__(self, home: dict[str, str], columns: int = 80, rows: int = 60) -> None:
        self.screen = pyte.Screen(columns, rows)
        self.stream = pyte.Stream(self.screen)
        self.process = pexpect.spawn(
            sys.executable,
            ["-m", "bot", "chat"],
            env={**home, "TERM": "xterm-256color", "PROMPT_TOOLKIT_NO_CPR": "1"},
            dimensions=(rows, columns),
            encoding="utf-8",
            timeout=20,
        )

    def shows(self, *texts: str) -> str:
        """Waits until all the texts are on the screen; returns it."""
        end = time.monotonic() + 20
        while True:
            try:
                self.stream.feed(self.process.read_nonblocking(65536, timeout=0.1))
            except pexpect.TIMEOUT:
                pass
            except pexpect.EOF:
                end = 0
            seen = "\n".join(line.rstrip() for line in self.screen.display)
            if all(text in seen for text in texts):
                return seen
            assert time.monotonic() < end, f"{texts} not on the screen:\n{seen}"

    def press(self, *keys: str) -> None:
        for key in keys:
            self.process.send(key)

    def ended(self) -> int | None:
        self.process.expect(pexpect.EOF)
        self.stream.feed(self.process.before or "")
        self.process.close()
        status: int | None = self.process.exitstatus
        return status


Open = Callable[..., Terminal]


@pytest.fixture
def terminal(home: dict[str, str]) -> Iterator[Open]:
    opened: list[Terminal] = []

    def open_one(columns: int = 80, rows: int = 60) -> Terminal:
        opened.append(Terminal(home, columns, rows))
        return opened[-1]

    yield open_one
    for each in opened:
        each.process.close(force=True)


def test_a_whole_conversation_by_keys(terminal: Open) -> None:
    here = terminal()
    here.shows("Which interview is it?", "1 of 6")
    here.press("the bank", ENTER)
    here.shows("You said: the bank", "What holds you back?", "❯  1 [ ] Unsure what I want")
    here.press(DOWN, DOWN, ENTER)
    here.shows("❯  3 [x] The pay looks low")
    here.press(UP, UP, UP, ENTER)
    here.shows("You said: The pay looks low", "And what pulls you there?", "8 Honestly? Nothing")
    here.press(DOWN, " ", DOWN, UP, UP, UP, ENTER)
    here.shows("You said: I need the income", "4 of 9", "skip, back, why, help, talk, quit")
    here.press(DOWN, DOWN, ENTER)
    here.shows("You said: It’s urgent")
    for label in ("It would", "It would", "It would", "I will"):
        here.press(ENTER)
        here.shows(f"You said: {label}\n")
    here.press(ENTER)
    here.shows("Go. Money’s getting short", "What would flip it?", "❯  1 I’m going")


def test_by_number_by_label_and_by_word(terminal: Open) -> None:
    here = terminal()
    here.press("skip", ENTER)
    here.shows("What holds you back?")
    here.press("1, the pay looks low", ENTER)
    here.shows("You said: Unsure what I want. The pay looks low")
    here.press("none", ENTER)
    here.shows("You said: Honestly? Nothing")
    here.press("why", ENTER)
    here.shows("› why")
    here.press("back", ENTER)
    here.shows("I’ve taken the last thing back.")


def test_several_answers_need_one_tick(terminal: Open) -> None:
    here = terminal()
    here.press("skip", ENTER)
    here.shows("❯  1 [ ]")
    here.press(UP, ENTER)
    here.shows("❯    Done", "Tick at least one first.")
    here.press(DOWN, ENTER)
    here.shows("❯  1 [x]")
    here.press(ENTER)
    here.shows("❯  1 [ ]")


def test_an_answer_changed_has_its_ticks(terminal: Open) -> None:
    here = terminal()
    here.press("skip", ENTER)
    here.shows("What holds you back?")
    here.press("2,3", ENTER)
    here.shows("And what pulls you there?")
    here.press("change", ENTER)
    here.shows("Which answer would you like to change?")
    here.press(DOWN, ENTER)
    here.shows("[ ] Unsure what I want", "❯  2 [x] The level’s too low", "3 [x] The pay looks low")


@pytest.mark.parametrize("key", [CTRL_C, CTRL_D])
def test_leaving_by_key_keeps_everything(terminal: Open, key: str) -> None:
    here = terminal()
    here.press("the bank", ENTER)
    here.shows("What holds you back?")
    here.press(key)
    here.shows("Your answers are kept.")
    assert here.ended() == 0
    again = terminal()
    again.shows("What holds you back?", "❯  1 [ ]")


def test_enter_alone_skips_what_can_be_skipped(terminal: Open) -> None:
    here = terminal()
    here.shows("or Enter alone to skip")
    here.press(ENTER)
    here.shows("Skipped.", "What holds you back?")


def test_what_was_looked_up_leaves_a_trace_and_the_cursor_where_it_was(terminal: Open) -> None:
    here = terminal(rows=90)
    for typed, seen in (("skip", "holds you back"), ("4", "pulls you"), ("none", "more to this job")):
        here.press(typed, ENTER)
        here.shows(seen)
    for seen in ("you love it", "get ready for it", "answer them honestly", "What would flip it?"):
        here.press(ENTER)
        here.shows(seen, "❯  1")
    here.press(*[DOWN] * 7, ENTER)
    here.shows("› Argue the other side", "Time is short", "❯  8 Argue the other side")


def test_done_typed_sends_what_is_ticked(terminal: Open) -> None:
    here = terminal()
    here.press("skip", ENTER)
    here.shows("❯  1 [ ]")
    here.press(ENTER, "done", ENTER)
    here.shows("You said: Unsure what I want")


def test_quit_leaves(terminal: Open) -> None:
    here = terminal()
    here.shows("Which interview is it?")
    here.press("quit", ENTER)
    here.shows("Your answers are kept.")
    assert here.ended() == 0


def test_somebody_in_distress_is_asked_nothing(terminal: Open) -> None:
    here = terminal()
    here.press("skip", ENTER)
    here.shows("What holds you back?")
    here.press("talk", ENTER)
    seen = here.shows("988", "findahelpline.com")
    assert "[ ]" not in seen
    here.press("again", ENTER)
    here.shows("❯  1 [ ] Unsure what I want")


def test_a_narrow_window_breaks_no_word(terminal: Open) -> None:
    seen = terminal(columns=40).shows("Which interview is it?", "1 of 6")
    said = [line for line in seen.splitlines() if line.startswith("  ")]
    assert all(len(line) <= 40 for line in said)
    assert re.search(r"^  So you’ve got an interview, and$", seen, re.M)


def test_what_could_act_on_the_terminal_is_shown_as_dots(terminal: Open) -> None:
    here = terminal()
    here.shows("Which interview is it?")
    here.press("\x1b[200~\x1b[31mred\x1b[201~", ENTER)  # pasted, as a terminal brackets it
    here.shows("You said: [31mred")
    here.press("\x1b[200~\x1b[31mred\x1b[201~", ENTER)
    here.shows("› ·[31mred", "I didn’t get that")


async def test_lines_end_with_the_input(tmp_path: Path) -> None:
    out = io.StringIO()
    terminal = lines.Lines(out, Files(tmp_path), io.StringIO())
    seen: list[Event] = []

    async def accept(event: Event) -> None:
        seen.append(event)
        await terminal.send("term:me", Message("decide/x", "one &amp; <b>two</b>"), "")

    await terminal.run(accept, ["a\n", "b"])
    assert seen == [Started(), Said("a"), Said("b")]
    assert out.getvalue() == 3 * (transcript.plain_message(Message("decide/x", "one & two")) + "\n")


async def test_lines_end_when_the_person_leaves(tmp_path: Path) -> None:
    terminal = lines.Lines(io.StringIO(), Files(tmp_path), io.StringIO())
    seen: list[Event] = []

    async def accept(event: Event) -> None:
        seen.append(event)
        await terminal.send("term:me", Message("decide/stopped", "Bye.", ends=event == Said("quit")), "")

    await terminal.run(accept, ["a", "quit", "b"])
    assert seen == [Started(), Said("a"), Said("quit")]


async def test_lines_end_when_nobody_reads_them(tmp_path: Path) -> None:
    class Closed(io.StringIO):
        def write(self, _: str) -> int:
            raise BrokenPipeError

    terminal = lines.Lines(Closed(), Files(tmp_path), io.StringIO())
    seen: list[Event] = []

    async def accept(event: Event) -> None:
        seen.append(event)
        await terminal.send("term:me", Message("decide/x", "one"), "")

    with pytest.raises(BrokenPipeError):
        await terminal.run(accept, ["a", "b"])
    assert seen == [Started()]


def test_text_wraps_at_words_with_its_styles() -> None:
    text = "<b>Go.</b> It is <i>far</i>\n• a bullet that is long"
    wrapped = list(screen.wrapped(text, 12))
    assert ["".join(part for _, part in line) for line in wrapped] == [
        "Go. It is",
        "far",
        "• a bullet",
        "  that is",
        "  long",
    ]
    assert wrapped[0][0] == ("class:b", "Go.")
    assert wrapped[1] == [("class:i", "far")]


def test_wide_characters_count_twice() -> None:
    assert len(list(screen.wrapped("面接 面接", 6))) == 2


# --- files ---


@pytest.mark.parametrize(
    "name", ["me", "bank-2", "../../etc", "", ".", "CON", "a/b", "é", "\ud83d", "x" * 300]
)
async def test_each_conversation_has_a_folder_of_its_own_that_only_its_person_reads(
    name: str, tmp_path: Path
) -> None:
    files = Files(tmp_path / "data" / "files")
    path = await files.keep(f"term:{name}", NOTES)
    assert path.read_bytes() == NOTES.data.encode()
    assert path.parent.parent == tmp_path / "data" / "files"
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert name != "me" or path.parent.name == "me"
    other = await files.keep("term:other", NOTES)
    await files.forget(f"term:{name}")
    assert not path.parent.exists()
    assert other.exists()
    await files.forget(f"term:{name}")


async def test_folders_of_different_names_differ(tmp_path: Path) -> None:
    files = Files(tmp_path)
    names = ["me", "Me", "ME", "me.", "me/", "%6de", "x" * 61, "x" * 62]
    assert len({files.folder(f"term:{name}").name.lower() for name in names}) == len(names)


async def test_no_file_is_written_over(tmp_path: Path) -> None:
    files = Files(tmp_path)
    first = await files.keep("term:me", NOTES)
    assert await files.keep("term:me", NOTES) == first  # sent twice
    second = await files.keep("term:me", Attachment("file", NOTES.name, "another"))
    third = await files.keep("term:me", Attachment("file", NOTES.name, "a third"))
    assert [path.name for path in (first, second, third)] == [
        "whatif-verdict.md",
        "whatif-verdict-2.md",
        "whatif-verdict-3.md",
    ]
    assert first.read_text() == NOTES.data


async def test_nothing_is_written_or_removed_through_a_link(tmp_path: Path) -> None:
    theirs, files = tmp_path / "theirs", Files(tmp_path / "files")
    theirs.mkdir()
    (theirs / "kept").write_text("mine")
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "me").symlink_to(theirs)
    with pytest.raises(UnkeptError, match="link"):
        await files.keep("term:me", NOTES)
    await files.forget("term:me")
    assert [path.name for path in theirs.iterdir()] == ["kept"]
    folder = (await files.keep("term:me", EVENT)).parent
    (folder / NOTES.name).symlink_to(theirs / "kept")
    assert (await files.keep("term:me", NOTES)).name == "whatif-verdict-2.md"
    assert (theirs / "kept").read_text() == "mine"


async def test_lines_name_a_file_and_say_aside_where_it_is(tmp_path: Path) -> None:
    out, aside = io.StringIO(), io.StringIO()
    terminal = lines.Lines(out, Files(tmp_path / "files"), aside)
    message = Message("decide/x", "Here.", attachments=(PICTURE, NOTES), copyable="No & <b>thanks</b>")
    await terminal.send("term:me", message, "")
    assert out.getvalue() == (
        "[decide/x]\nHere.\n\nNo & <b>thanks</b>\n  file: whatif-verdict.png\n  file: whatif-verdict.md\n\n"
    )
    paths = [Path(line) for line in aside.getvalue().splitlines()]
    assert [path.name for path in paths] == [PICTURE.name, NOTES.name]
    assert paths[0].read_bytes().startswith(b"\x89PNG")
    await terminal.forget("term:me")
    assert not any((tmp_path / "files").iterdir())


async def test_a_file_that_cannot_be_written_ends_nothing(tmp_path: Path) -> None:
    (tmp_path / "files").write_text("in the way")
    aside = io.StringIO()
    terminal = lines.Lines(io.StringIO(), Files(tmp_path / "files"), aside)
    await terminal.send("term:me", Message("decide/x", "Here.", attachments=(NOTES, BROKEN)), "")
    unkept, broken = aside.getvalue().splitlines()
    assert unkept == "whatif: whatif-verdict.md can't be kept: File exists"
    assert broken.startswith("whatif: whatif-verdict.png can't be kept: the theme of a card")


async def test_the_screen_says_where_a_file_is_and_quotes_what_can_be_copied(tmp_path: Path) -> None:
    out = io.StringIO()
    words = Words(templates_folder(), "en", "terminal")
    sink = Vt100_Output(out, lambda: Size(rows=40, columns=80), term="xterm")
    with create_pipe_input() as source:
        here = screen.Screen(
            lambda block, **said: str(words.block("asking", block, said).unescape()),
            Files(tmp_path),
            source,
            sink,
        )
        attachments = (NOTES, BROKEN)
        await here.send("term:me", Message("decide/x", "Here.", attachments=attachments, copyable="No."), "")
        seen = out.getvalue()
        assert f"Kept for you: {tmp_path / 'me' / NOTES.name}" in seen
        assert "I couldn’t write whatif-verdict.png: the theme" in seen
        assert seen.index("Here.") < seen.index("No.") < seen.index("Kept for you")
        await here.forget("term:me")
        assert not (tmp_path / "me").exists()


def test_a_date_is_typed(terminal: Open) -> None:
    here, day = terminal(), (datetime.now(UTC) + timedelta(days=40)).date()
    here.press("the bank", ENTER)
    here.shows("What holds you back?")
    here.press("the date", ENTER)
    here.shows("When is it?", "Type a day, such as 3 December, then Enter")
    here.press(ENTER, f"{day.isoformat()} at 10", ENTER)
    here.shows(f"Noted: {day:%A} {day.day} {day:%B}", ", 10:00", "What holds you back?")
