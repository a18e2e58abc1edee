"""The rooms: places beside the walk, each with somebody who keeps it.

A flow names its rooms and where they are come to from; the machine knows them as states. What is said
and done in one is its keeper's.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from dialogs.rooms.card import Card
from dialogs.rooms.interviews import Interviews
from dialogs.rooms.keeper import Keeper

KEEPERS: Mapping[str, Keeper] = MappingProxyType({keeper.room: keeper for keeper in (Card(), Interviews())})
"""Who keeps a room, by its id."""

__all__ = ["KEEPERS", "Keeper"]
