"""Our messages as texts that Telegram takes."""

from __future__ import annotations

from html import escape

from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.telegram.outgoing import fits, length, parts
from dialogs import markup
from tests.bot.adapters.telegram.rules import parsed


def test_a_text_that_fits_is_left_as_it_is() -> None:
    text = "A <b>bold</b> word.\n\nAnd <i>another</i>."
    assert parts(text) == [text]


def test_a_long_text_is_split_between_paragraphs() -> None:
    paragraphs = [f"<b>{number}</b> " + "word " * 30 for number in range(10)]
    split = parts("\n\n".join(paragraphs), 400)
    assert [markup.plain(part).split()[0] for part in split] == ["0", "2", "4", "6", "8"]
    assert all(length(part) <= 400 for part in split)


def test_a_paragraph_that_is_too_long_by_itself_is_cut_with_its_tags_closed() -> None:
    split = parts(f"<blockquote><b>{'é😀' * 300}</b></blockquote>", 100)
    assert len(split) > 6
    for part in split:
        assert length(part) <= 100
        assert {"b", "blockquote"} <= {tag for span in markup.parse(part) for tag in span.tags}
        parsed(part, "HTML")


TEXT = st.text(st.characters(blacklist_categories=["Cs"]), max_size=60)


@given(st.lists(TEXT, max_size=12), st.integers(20, 90))
def test_nothing_of_a_text_is_lost_and_every_part_fits(paragraphs: list[str], most: int) -> None:
    text = "\n\n".join(f"<i>{escape(each)}</i>" for each in paragraphs)
    split = parts(text, most)
    assert all(fits(part, most) for part in split)
    said = "".join("".join(map(markup.plain, split)).split())
    assert said == "".join(markup.plain(text).split())
