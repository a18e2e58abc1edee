"""The key of whoever has set none: made on first use, in a file of its own, apart from the database."""

from __future__ import annotations

import os
import secrets
from dataclasses import replace
from pathlib import Path

import platformdirs

from bot.settings import Settings
from bot.store import SQLITE, StoreError
from bot.store.seal import secrets_in

NAME = "secret.key"


def key_file(database: str) -> Path:
    """Where the key for a database is kept: in the user's configuration folder.

    Takes the address of an SQLite database. Where that folder is the database's own (some systems have one
    folder for both), it is another beside it: who copies the database shall not copy its key.
    """
    folder = platformdirs.user_config_path("whatif")
    beside = Path(database.removeprefix(SQLITE)).resolve().parent
    if beside.is_relative_to(folder.resolve()):
        folder = platformdirs.user_config_path("whatif-key")
    return folder / NAME


def with_key(settings: Settings, make: bool = True) -> tuple[Settings, bool]:
    """The settings with a key in them: `SECRET_KEY`, or what stands in the file, made where there is none.

    Returns also whether the file was made now; where it isn't to be made and isn't there, the settings are
    as they were. Raises `StoreError` where it can't be read or made.
    """
    if settings.secret:
        return settings, False
    path = key_file(settings.database)
    try:
        there = path.exists()
        if not there and not make:
            return settings, False
        made = not there and _make(path)
        found = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is no text"
        raise StoreError(
            f"{path}: the key that everything is sealed with can't be kept here ({why});"
            " see that this user may read and write it, or set SECRET_KEY"
        ) from None
    if not secrets_in(found):
        raise StoreError(
            f"{path}: there is no key in this file; bring it back from a backup, or delete it to begin with"
            " a new one, which opens nothing that was kept before"
        )
    return replace(settings, secret=found), made


def _make(path: Path) -> bool:
    """Makes the file, whole or not at all; False where somebody else was faster."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f"{NAME}.{os.getpid()}.{secrets.token_hex(4)}")
    with os.fdopen(
        os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii"
    ) as file:
        file.write(f"{secrets.token_urlsafe(32)}\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        # A link is there at once with all that is in it, and never takes another's place.
        os.link(draft, path)
    except FileExistsError:
        return False
    finally:
        draft.unlink()
    return True
