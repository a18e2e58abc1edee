"""The rooms: places beside the walk, each with somebody who keeps it.

A flow names its rooms and where they are come to from; the machine knows them as states. What is said
and done in one is its keeper's.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from dialogs.rooms.card import Card
from dialogs.rooms.checklist import Checklist, Questions
from dialogs.rooms.compare import Compare
from dialogs.rooms.debrief import Debrief
from dialogs.rooms.entry import Entry
from dialogs.rooms.forget import Forget
from dialogs.rooms.interviews import Away, Interviews
from dialogs.rooms.keeper import Keeper
from dialogs.rooms.practise import Country, Practise
from dialogs.rooms.privacy import Privacy
from dialogs.rooms.ready_words import NoteNames, ReadyWords
from dialogs.rooms.settings import Language, Settings
from dialogs.rooms.when import When

_ALL = (
    *(Interviews(), Entry(), Compare(), Away(), Debrief(), Card()),
    *(ReadyWords(), NoteNames(), Checklist(), Questions(), Practise(), Country()),
    *(When(), Privacy(), Settings(), Language(), Forget()),
)

KEEPERS: Mapping[str, Keeper] = MappingProxyType({keeper.room: keeper for keeper in _ALL})
"""Who keeps a room, by its id."""

__all__ = ["KEEPERS", "Keeper"]
