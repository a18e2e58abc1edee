"""What the environment says, read once."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import platformdirs


class SettingsError(ValueError):
    """Settings that can't be used; its text names every fault and what to do, a line each."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Where things are kept."""

    database: Path


def read(environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings from environment variables.

    ``DATABASE_URL`` is ``sqlite:///`` and a path (three slashes and a relative one, four and an
    absolute one); without it the database stands in the user's data folder.
    Raises `SettingsError` for anything else.
    """
    url = environment.get("DATABASE_URL", "")
    if not url:
        return Settings(platformdirs.user_data_path("whatif") / "whatif.db")
    scheme, _, path = url.partition(":///")
    if scheme != "sqlite" or not path:
        # The address itself may hold a password, so it is not repeated.
        raise SettingsError("DATABASE_URL is not an SQLite address; write sqlite:///whatif.db")
    return Settings(Path(path))
