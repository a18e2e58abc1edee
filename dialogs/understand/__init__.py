"""Words to options, commands, suggestions, or "not sure".

What is plain is taken, what is likely is offered, and nothing is ever decided on a guess.
Knowledge stands as data in a folder for each locale; a scorer for suggestions can be passed in.
"""

from dialogs.understand.exact import (
    KNOWLEDGE,
    LABEL_MOST,
    Offered,
    Vocabulary,
    command_in,
    interview_in,
    options_in,
    plainly,
    vocabulary,
)
from dialogs.understand.likeness import ELSEWHERE, Likeness, Scorer
from dialogs.understand.reading import LIKE_LEAST, Understood, knowledge, understand
from dialogs.understand.text import TEXT_MOST, clean, fold

__all__ = [
    "ELSEWHERE",
    "KNOWLEDGE",
    "LABEL_MOST",
    "LIKE_LEAST",
    "TEXT_MOST",
    "Likeness",
    "Offered",
    "Scorer",
    "Understood",
    "Vocabulary",
    "clean",
    "command_in",
    "fold",
    "interview_in",
    "knowledge",
    "options_in",
    "plainly",
    "understand",
    "vocabulary",
]
