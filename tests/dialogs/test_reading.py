"""Words, sentences, syllables and the grade they come to."""

import pytest

from dialogs.reading import grade, sentences, syllables, words

SYLLABLES = {
    1: "I a the we be see free make time asked called makes times rules hour our fire quite changed used "
    "goes does less two once twice place raise rule whole while style year years way friend real don’t "
    "can’t won’t you’d they’ve that’s they’ll aren’t eyes",
    2: "wanted needed watches pieces table going being trying saying buying doing player beyond verdict "
    "question advice honest prepare practise level agree lovely careful useless homework somewhere "
    "sometimes quiet value review money decide decline gracious client clients mid-sized coaches judges "
    "changes uses haircut wanting Tuesday Wednesday maybe away enough fewer places raises little simple "
    "apples tables create science patient wouldn’t isn’t didn’t it’ll it’d boss’s million people "
    "business every evening something someone",
    3: "employer interview recruiter recruiting columnist opinion honestly practising résumé company "
    "salary idea anyone everything actual declining area curious serious various radio period ideal "
    "rehearsing networking afternoon anything example previous creating influence emphasis",
    4: "professional hesitation usually emergency experience situation reality society",
}


@pytest.mark.parametrize(
    ("count", "word"), [(n, word) for n, line in SYLLABLES.items() for word in line.split()]
)
def test_syllables_are_counted_as_they_are_said(count: int, word: str) -> None:
    assert syllables(word) == count


@pytest.mark.parametrize(("number", "count"), [("9", 1), ("988", 3), ("2026-12-03", 8)])
def test_a_number_is_as_long_as_its_digits(number: str, count: int) -> None:
    assert syllables(number) == count


def test_words_are_what_stands_between_spaces_and_dashes() -> None:
    text = "• It’s 2026-12-03: “why us?”, a mid-sized bank—really."
    assert words(text) == ["It’s", "2026-12-03", "why", "us", "a", "mid-sized", "bank", "really"]


def test_a_sentence_of_a_word_or_two_does_not_count() -> None:
    assert sentences("Go. You have nothing to lose. Really! Is it far from here?") == 2
    assert sentences("Go.") == 1
    assert sentences("") == 1


def test_the_grade_is_the_formula() -> None:
    text = "The cat sat on the mat. It was a very happy cat."
    assert grade(text) == pytest.approx(0.39 * 12 / 2 + 11.8 * 14 / 12 - 15.59)


def test_long_words_and_long_sentences_raise_the_grade() -> None:
    easy = "You can go. They may like you. You may like them too. It costs you one hour."
    hard = "Consideration of alternative opportunities necessitates comprehensive deliberation beforehand."
    assert grade(easy) < 2 < 12 < grade(hard)
    assert grade(easy.replace(". ", " and ")) > grade(easy)
    assert grade("") == 0
