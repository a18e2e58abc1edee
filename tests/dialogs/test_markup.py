"""The one markup: five tags, and whatever else stands as text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import escape

from dialogs.markup import MarkupError, Span, parse, plain, with_quoted


def test_spans_carry_their_tags_and_links() -> None:
    text = 'a <b>b <i>c</i></b> <a href="https://x.org/?a=1&amp;b=2">d</a>&lt;e&gt;'
    assert [span for span in parse(text) if span.text.strip()] == [
        Span("a "),
        Span("b ", ("b",)),
        Span("c", ("b", "i")),
        Span("d", ("a",), "https://x.org/?a=1&b=2"),
        Span("<e>"),
    ]
    assert plain(text) == "a b c d<e>"


@pytest.mark.parametrize("tag", ["b", "i", "code", "blockquote"])
def test_each_tag_is_known(tag: str) -> None:
    assert list(parse(f"<{tag}>x</{tag}>")) == [Span("x", (tag,))]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("<script>x</script>", "script"),
        ("<br>", "br"),
        ("<br/>", "br"),
        ("<b>x", "b"),
        ("x</b>", "b"),
        ("<b><i>x</b></i>", "b"),
        ("<!-- hidden -->", "<!--"),
        ("<!DOCTYPE html>", "<!DOC"),
        ("<![CDATA[x]]>", "CDATA"),
        ("<![x", "x"),
        ("<?php ?>", "php"),
        ("1 < 2", "&lt;"),
        ("</>", "&lt;"),
    ],
)
def test_what_is_not_in_the_markup_is_named(text: str, said: str) -> None:
    with pytest.raises(MarkupError, match=said.replace("[", r"\[").replace("?", r"\?")):
        plain(text)


PIECES = [
    "<",
    ">",
    "!",
    "-",
    "[",
    "]",
    "/",
    "?",
    "b",
    "a",
    " href=",
    "'",
    '"',
    "&",
    "#x41",
    ";",
    "<b>",
    "</b>",
    "é",
    "\x00",
]


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join) | st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        spans = list(parse(text))
    except MarkupError as error:
        assert error.args  # noqa: PT017 - either is right
    else:
        assert all(span.text for span in spans)


@given(st.text() | st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
def test_escaped_text_is_text_again(text: str) -> None:
    text = text.replace("\x00", "").replace("\r", "\n")
    assert plain(str(escape(text))) == text
    assert all(span.tags == () for span in parse(str(escape(text))))


def test_what_can_be_copied_is_quoted_once() -> None:
    assert with_quoted("Here.", "") == "Here."
    quoted = with_quoted("<b>Here.</b>", "No & <b>thanks</b>")
    assert plain(quoted) == "Here.\n\nNo & <b>thanks</b>"
    assert [span.tags for span in parse(quoted)][-1] == ("blockquote",)
    there = "Copy:\n\n<blockquote>No &amp;\n thanks</blockquote>"
    assert with_quoted(there, "No & thanks") == there
