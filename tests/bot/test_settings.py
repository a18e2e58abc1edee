"""Settings: read once, and every fault said without repeating what may be secret."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot import settings


def test_the_database_stands_in_the_users_data_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    assert tmp_path in settings.read({}).database.parents


@pytest.mark.parametrize(
    ("url", "path"), [("sqlite:///here.db", "here.db"), ("sqlite:////var/lib/there.db", "/var/lib/there.db")]
)
def test_an_address_names_another(url: str, path: str) -> None:
    assert settings.read({"DATABASE_URL": url}).database == Path(path)


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///", "postgresql://me:secret@host/db", "here.db"])
def test_other_addresses_are_refused_without_repeating_them(url: str) -> None:
    with pytest.raises(settings.SettingsError, match="DATABASE_URL") as error:
        settings.read({"DATABASE_URL": url})
    assert "secret" not in str(error.value)
