"""Expressions read answers and nothing else; what they can't be is said at load."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialogs.expressions import Expressions, faults_in, namespace, reads

KNOWN = {
    "prepare": ("yes", "no"),
    "pulls": ("need_income", "friend_says_go"),
    "what_if.love_it": ("yes",),
    "any": (),
}
EVERY: tuple[dict[str, object], ...] = (
    {"prepare": None, "pulls": [], "what_if.love_it": None, "any": None},
    {"prepare": "yes", "pulls": ["need_income"], "what_if.love_it": "yes", "any": True},
)


def faults(source: str) -> list[str]:
    return list(faults_in(source, KNOWN, ("pulls",)))


@pytest.mark.parametrize(
    "source",
    [
        *("true", "any", "prepare == 'yes'", "prepare != 'no' and not any", "what_if.love_it in ('yes',)"),
        *(
            "'need_income' in pulls",
            "'need_income' not in pulls or any",
            "pulls == []",
            "\n prepare == 'yes'\n",
        ),
        *("pulls | reject('in', ['need_income']) | list == []", "(((any)))"),
    ],
)
def test_a_sound_expression_has_no_fault_and_can_be_evaluated(source: str) -> None:
    assert faults(source) == []
    for names in EVERY:
        assert isinstance(Expressions([source])(namespace(names))[0], bool | type(None))


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("prepare =", "not an expression"),
        ("", "not an expression"),
        ("true), (true", "not an expression"),
        ("true) }}{{ (true", "not an expression"),
        ("}}", "not an expression"),
        ("'", "not an expression"),
        ("nonsense", "'nonsense'"),
        ("what_if", "'what_if'"),
        ("what_if.nonsense", "'what_if.nonsense'"),
        ("prepare == 'maybe'", "'maybe'"),
        ("'rent' in pulls", "'rent'"),
        ("prepare in ('yes', 'maybe')", "'maybe'"),
        ("pulls | reject('in', ['rent']) | list == []", "'rent'"),
        ("pulls | nosuch", "nosuch"),
        ("pulls | reject('nosuch') | list", "reject"),
        ("pulls | reject | list", "reject"),
        ("pulls | reject('in', 5) | list", "reject"),
        ("pulls | reject(*any) | list", "doesn't take"),
        ("pulls | list(5) == []", "doesn't take"),
        ("pulls | map('upper') | list", "map"),
        ("prepare | list == []", "list"),
        ("'yes' in prepare", "one answer at most"),
        ("any in prepare", "one answer at most"),
        ("prepare < 'no'", "by size"),
        ("().__class__", "'?'"),
        ("''.__class__.__mro__", "'?'"),
        ("what_if.__class__", "__class__"),
        ("prepare.__class__", "__class__"),
        ("pulls[0]", "getitem"),
        ("prepare()", "call"),
        ("range(10 ** 9)", ""),
        ("lipsum()", ""),
        ("2 ** 10 ** 10", "pow"),
        ("'a' * 10 ** 10", ""),
        ("prepare ~ prepare", "concat"),
        ("any is defined", "test"),
        ("any if any else any", "condexpr"),
        ("{'a': 1}", "dict"),
        ("-any", "neg"),
        ("(" * 5000 + "any" + ")" * 5000, "nested"),
        ("not " * 5000 + "any", "nested"),
    ],
)
def test_a_faulty_expression_is_named_and_never_run(source: str, said: str) -> None:
    found = faults(source)
    assert found
    assert any(said in fault for fault in found), found


@given(
    st.lists(
        st.sampled_from(
            ["any", "pulls", "prepare", "what_if.love_it", "==", "!=", "in", "not", "and", "or", "(", ")",
             "[", "]", ",", "'yes'", "|", "list", "reject('in', [])", "true", "none", "1", "<", "."]
        ),
        max_size=10,
    ).map(" ".join)
    | st.text(max_size=20)
)  # fmt: skip
def test_what_has_no_fault_never_raises(source: str) -> None:
    if not faults(source):
        for names in EVERY:
            Expressions([source, source])(namespace(names))


def test_reads_names_the_questions() -> None:
    assert reads("prepare == 'yes' and ('x' in pulls or what_if.love_it == 'no')") == {
        "prepare",
        "pulls",
        "what_if.love_it",
    }
