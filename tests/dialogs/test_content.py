"""Templates that are missing, broken or never used stop at load, each with its file, line and cure."""

from pathlib import Path

import pytest

from dialogs import understand
from dialogs.content import load
from dialogs.faults import ContentError
from dialogs.understand import exact
from dialogs.words import Words
from tests.dialogs.broken import Copy


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    return Copy(tmp_path)


@pytest.mark.parametrize(
    ("name", "old", "new", "what"),
    [
        ("prepare", "{% block text %}", "{% blok text %}", "doesn't parse"),
        ("prepare", "{% block text %}", "{% block text %}{{ nonsense }}", "reads 'nonsense'"),
        ("prepare", "{% block text %}", "{% block text %}{{ said }}", "reads 'said'"),
        ("prepare", "{% block text %}", "{% block text %}{{ 7 // 0 }}", "can't be rendered"),
        ("prepare", "{% block text %}", "{% block text %}{{ ().__class__.__mro__ }}", "can't be rendered"),
        ("prepare", "{% block text %}", "{% block text %}{{ ''.nonsense }}", "can't be rendered"),
        ("prepare", "{% block text %}", "{% block text %}{{ 1 | nosuch }}", "doesn't parse"),
        ("prepare", "{% block text %}", "{% block text %}{% include 'no.j2' %}", "can't be rendered"),
        (
            "prepare",
            "{% block short %}",
            "{% block extra %}x{% endblock %}{% block short %}",
            "nothing ever says",
        ),
        ("prepare", "{% block text %}", "{% block text %}{% point %}x{% endpoint %}", "names no point"),
        ("said", "{{ said }}", "{{ sad }}", "use one of said"),
        ("_common", "{% block skip %}", "{% block skipp %}", "nothing ever says"),
        ("verdict.1", "{% block chairs %}", "{% block chiars %}", "nothing ever says"),
    ],
)
def test_a_broken_template_is_named_with_its_line_and_its_cure(
    copy: Copy, name: str, old: str, new: str, what: str
) -> None:
    line = copy.change(copy.words(name), old, new)
    copy.says(copy.words(name), line, what)


@pytest.mark.parametrize(
    ("name", "block"),
    [("prepare", "text"), ("prepare", "why"), ("prepare", "partly"), ("pulls", "because_none"),
     ("verdict.7", "sources"), ("unclear", "twice"), ("done", "going"), ("_common", "verdict_go"),
     ("_common", "talk")],
)  # fmt: skip
def test_a_missing_block_is_named(copy: Copy, name: str, block: str) -> None:
    path = copy.words(name)
    copy.change(path, f"{{% block {block} %}}", "{% block other %}")
    copy.says(path, 1, f"add {{% block {block} %}}")


def test_a_missing_template_is_named_for_each_of_its_blocks(copy: Copy) -> None:
    copy.words("menu").unlink()
    copy.says(copy.words("menu"), 1, "'text' is missing")


def test_all_broken_templates_come_at_once(copy: Copy) -> None:
    lines = {
        (str(copy.words(name)), copy.change(copy.words(name), "{% block text %}", new))
        for name, new in (
            ("prepare", "{% block text %}{% if %}"),
            ("honest", "{% block text %}{{ nonsense }}"),
            ("runway", "{% block txet %}"),
            ("menu", "{% block text %}{{ 1 // 0 }}"),
        )
    }
    copy.words("pulls").write_bytes(b"\n\xff")
    found = {(fault.path, fault.line) for fault in copy.faults()}
    assert found >= {*lines, (str(copy.words("pulls")), 2)}


def test_a_broken_common_template_does_not_drag_the_others_in(copy: Copy) -> None:
    copy.change(copy.words("_common"), "{% endblock %}", "")
    assert {fault.path for fault in copy.faults()} == {str(copy.words("_common"))}


def test_no_templates_at_all_is_a_fault(tmp_path: Path, copy: Copy) -> None:
    for empty in (tmp_path / "nowhere", tmp_path / "empty"):
        with pytest.raises(ContentError, match="no templates"):
            load(empty, copy.flows)
        (tmp_path / "empty").mkdir(exist_ok=True)
    copy.change(copy.flow, 'dialog = "decide"', "dialog = 5")
    with pytest.raises(ContentError) as caught:
        load(tmp_path / "empty", copy.flows)
    assert len(caught.value.faults) == 2


def test_an_offer_without_words_for_its_button_is_a_fault(copy: Copy) -> None:
    copy.change(copy.flow, 'offers = ["talk"]', 'offers = ["nonsense"]')
    copy.says(copy.words("_common"), 1, "'nonsense' is missing")


def test_a_locale_without_its_vocabulary_is_a_fault(copy: Copy) -> None:
    copy.words("menu").parents[1].rename(copy.templates / "tlh")
    copy.says(understand.KNOWLEDGE / "tlh" / "vocabulary.toml", 1, "can't be read")


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("[commands]\nback = ['a']\n", 1, "'options' is missing"),
        ("[commands]\nback = 'a'\n[options]\n", 2, "wrong type"),
        ("[commands]\nback = ['a']\nstop = ['A!']\n[options]\n", 3, "stands for both"),
        ("[commands]\n[options]\nyes = [1]\n", 3, "wrong type"),
        ("commands = 5\n[options]\n", 1, "wrong type"),
        ("[commands\n", 1, "not TOML"),
    ],
)
def test_a_broken_vocabulary_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, line: int, what: str
) -> None:
    (tmp_path / "xx").mkdir()
    (tmp_path / "xx" / "vocabulary.toml").write_text(text, "utf-8")
    monkeypatch.setattr(exact, "KNOWLEDGE", tmp_path)
    with pytest.raises(ContentError) as caught:
        understand.vocabulary("xx")
    assert any(fault.line == line and what in fault.what for fault in caught.value.faults), (
        caught.value.faults
    )


def test_words_alone_raise_what_is_wrong_with_them(copy: Copy) -> None:
    copy.change(copy.words("menu"), "{% block text %}", "{% block text %}{% if %}")
    with pytest.raises(ContentError):
        Words(copy.templates, "en", "decide")
