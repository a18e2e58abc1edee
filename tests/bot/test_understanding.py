"""`whatif understand`: one line out for each line in, whatever that holds."""

from __future__ import annotations

import json

import pytest

from bot.understanding import understood


def test_a_line_says_what_the_message_says() -> None:
    said = json.loads(understood(1, '{"text": "the pay is too low", "options": ["salary_too_low"]}'))
    assert (said["kind"], said["options"]) == ("options", ["salary_too_low"])
    assert json.loads(understood(1, '{"text": "stop", "locale": null}'))["command"] == "stop"


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ("{", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[]", '"text" is missing'),
        ('{"options": []}', '"text" is missing'),
        ('{"text": 5}', '"text" must be text'),
        ('{"text": "a", "options": "b"}', '"options" must be a list'),
        ('{"text": "a", "options": [5]}', '"options" must be a list'),
        ('{"text": "a", "locale": 5}', '"locale" must be text'),
    ],
)
def test_a_line_that_cannot_be_read_is_named(line: str, wrong: str) -> None:
    error = json.loads(understood(7, line))["error"]
    assert error.startswith("line 7: ")
    assert wrong in error
    assert 'write {"text"' in error
