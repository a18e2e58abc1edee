"""Templates are rendered in blocks: escaped, joined as they are meant, points left out."""

from pathlib import Path

import jinja2
import pytest
from markupsafe import Markup

from dialogs.words import CLOSE, MIDDLE, OPEN, Words, locales

SOURCE = """\
{% block text %}
One line
and the same.

Two: {{ said }}
• three
• four
{% endblock %}
{% block short %}You &amp; <b>I</b>{% endblock %}
{% block point %}{% point A1 B2 %}Said.{% endpoint %} And so.{% endblock %}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Templates of two locales."""
    for locale, text in (("en", "shared"), ("de", "geteilt")):
        (tmp_path / locale / "talk").mkdir(parents=True)
        (tmp_path / locale / "talk" / "here.j2").write_text(SOURCE, "utf-8")
        (tmp_path / locale / "talk" / "_common.j2").write_text(
            f"{{% block back %}}{text}{{% endblock %}}", "utf-8"
        )
    (tmp_path / "fr" / "other").mkdir(parents=True)
    return tmp_path


def test_locales_are_those_with_words_for_the_dialog_english_first(folder: Path) -> None:
    assert locales(folder, "talk") == ("en", "de")
    assert locales(folder, "none") == ()


def test_what_is_given_is_escaped_once_unless_it_is_markup(folder: Path) -> None:
    words = Words(folder, "en", "talk")
    said = words.block("here", "text", {"said": "<b>{{ 7*7 }}</b> & co"})
    assert said == "One line and the same.\n\nTwo: &lt;b&gt;{{ 7*7 }}&lt;/b&gt; &amp; co\n• three\n• four"
    assert "Two: <i>x</i>" in words.block("here", "text", {"said": Markup("<i>x</i>")})


def test_a_label_is_plain_text_and_common_words_are_shared(folder: Path) -> None:
    assert Words(folder, "en", "talk").label("here", "short") == "You & <b>I</b>"
    assert Words(folder, "en", "talk").label("here", "back") == "shared"
    assert Words(folder, "de", "talk").block("nowhere", "back") == "geteilt"


def test_points_leave_no_trace_unless_they_are_wanted(folder: Path) -> None:
    assert Words(folder, "en", "talk").block("here", "point") == "Said. And so."
    marked = Words(folder, "en", "talk", marking=True).block("here", "point")
    assert marked == f"{OPEN}A1 B2{MIDDLE}Said.{CLOSE} And so."


def test_what_is_not_there_is_an_error_for_its_caller(folder: Path) -> None:
    words = Words(folder, "en", "talk")
    with pytest.raises(KeyError):
        words.block("here", "nonsense")
    with pytest.raises(jinja2.UndefinedError):
        words.block("here", "text")


def test_a_block_knows_its_variables_and_its_line(folder: Path) -> None:
    words = Words(folder, "en", "talk")
    assert words.variables("here", "text") == frozenset({"said"})
    assert words.variables("here", "short") == frozenset()
    assert [words.line("here", block) for block in ("text", "short", "point", "nonsense")] == [1, 9, 10, 1]
    assert set(words) == {("here", "text"), ("here", "short"), ("here", "point"), ("_common", "back")}
