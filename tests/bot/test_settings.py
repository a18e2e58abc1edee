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
    database = settings.read({}).database
    assert database.startswith("sqlite:///")
    assert tmp_path in Path(database.removeprefix("sqlite:///")).parents


@pytest.mark.parametrize(
    ("url", "read"),
    [
        ("sqlite:///here.db", "sqlite:///here.db"),
        (" sqlite:////var/lib/there.db\n", "sqlite:////var/lib/there.db"),
        ("postgresql://me:secret@host/db", "postgresql://me:secret@host/db"),
        ("postgres://me@host/db?sslmode=require", "postgresql://me@host/db?sslmode=require"),
    ],
)
def test_an_address_names_another(url: str, read: str) -> None:
    assert settings.read({"DATABASE_URL": url, "SECRET_KEY": "k"}).database == read


@pytest.mark.parametrize(
    "url",
    ["sqlite://", "sqlite:///", "sqlite://secret/x", "mysql://me:secret@host/db", "here.db", "postgresql://"],
)
def test_other_addresses_are_refused_without_repeating_them(url: str) -> None:
    with pytest.raises(settings.SettingsError, match="DATABASE_URL") as error:
        settings.read({"DATABASE_URL": url})
    assert "secret" not in str(error.value)


def test_what_isnt_said_has_a_default() -> None:
    read = settings.read({"DATABASE_URL": "sqlite:///x.db", "PUBLIC_URL": " ", "PORT": "", "LOG_LEVEL": ""})
    assert read == settings.Settings("sqlite:///x.db", "", "127.0.0.1", None, "", "INFO")


def test_what_is_said_is_read() -> None:
    read = settings.read(
        {
            "DATABASE_URL": "sqlite:///x.db",
            "PUBLIC_URL": "https://bot.example.org/",
            "HOST": "0.0.0.0",
            "PORT": "0",
            "SECRET_KEY": " kept as it is ",
            "LOG_LEVEL": "debug",
            "KEEP_DAYS": "7",
        }
    )
    assert read == settings.Settings(
        "sqlite:///x.db", "https://bot.example.org", "0.0.0.0", 0, " kept as it is ", "DEBUG", keep_days=7
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PUBLIC_URL", "http://bot.example.org"),
        ("PUBLIC_URL", "https://"),
        ("PORT", "80a"),
        ("PORT", "65536"),
        ("PORT", "-1"),
        ("PORT", "٨٠"),
        ("KEEP_DAYS", "0"),
        ("KEEP_DAYS", "3651"),
        ("KEEP_DAYS", "-1"),
        ("KEEP_DAYS", "a week"),
        ("KEEP_DAYS", "٩٠"),
        ("KEEP_DAYS", "9" * 5000),
        ("LOG_LEVEL", "loud"),
    ],
)
def test_what_cant_be_used_is_named(name: str, value: str) -> None:
    with pytest.raises(settings.SettingsError, match=name):
        settings.read({name: value})


def test_every_fault_is_said_at_once_and_a_line_each() -> None:
    wrong = {"DATABASE_URL": "x", "PUBLIC_URL": "x", "PORT": "x", "LOG_LEVEL": "x", "KEEP_DAYS": "x"}
    with pytest.raises(settings.SettingsError) as error:
        settings.read(wrong)
    assert [line.split()[0] for line in str(error.value).splitlines()] == list(wrong)


@pytest.mark.parametrize("nothing", [{}, {"SECRET_KEY": ""}, {"SECRET_KEY": " , ,"}])
def test_a_server_needs_a_key_and_it_is_said_with_all_else(nothing: dict[str, str]) -> None:
    with pytest.raises(settings.SettingsError) as error:
        settings.read({"DATABASE_URL": "postgresql://me@host/db", "PORT": "x", **nothing})
    assert [fault.split()[0] for fault in error.value.faults] == ["PORT", "SECRET_KEY"]
    assert "openssl rand" in error.value.faults[1]
    slack = {"SLACK_CLIENT_ID": "1", "SLACK_CLIENT_SECRET": "s", "PUBLIC_URL": "https://b.org"}
    with pytest.raises(settings.SettingsError) as error:
        settings.read({"DATABASE_URL": "postgresql://me@host/db", **slack, **nothing})
    assert sum(fault.startswith("SECRET_KEY") for fault in error.value.faults) == 1


@pytest.mark.parametrize(
    "url", ["postgresql:///db", "postgresql://me:p@/db?host=/run", "postgresql://[::1]:5432/db"]
)
def test_a_server_may_be_named_in_any_way_that_it_understands(url: str) -> None:
    assert settings.read({"DATABASE_URL": url, "SECRET_KEY": "k"}).database == url


@pytest.mark.parametrize("where", ["me:secret@host:none/db", "me:se@cret@host/db", "me:sec/ret@host/db"])
def test_an_address_that_would_be_read_otherwise_than_meant_is_refused(where: str) -> None:
    with pytest.raises(settings.SettingsError, match="%40") as error:
        settings.read({"DATABASE_URL": f"postgresql://{where}"})
    assert "secret" not in str(error.value)


@pytest.mark.parametrize("public", ["https://", "https://[", "https://host:none"])
def test_an_address_that_the_world_cant_use_is_refused(public: str) -> None:
    with pytest.raises(settings.SettingsError, match="PUBLIC_URL"):
        settings.read({"PUBLIC_URL": public})


TOKEN = "4242:" + "a" * 35


def test_a_bot_on_telegram_polls_unless_the_world_can_reach_it() -> None:
    polls = settings.read({"TELEGRAM_BOT_TOKEN": TOKEN, "TELEGRAM_WEBHOOK_SECRET": "s3cret"}).telegram
    assert polls == settings.TelegramSettings(TOKEN, "https://api.telegram.org", "")
    public = {"PUBLIC_URL": "https://bot.example.org", "TELEGRAM_WEBHOOK_SECRET": "s3cret"}
    hears = settings.read({"TELEGRAM_BOT_TOKEN": TOKEN, **public}).telegram
    assert hears == settings.TelegramSettings(TOKEN, "https://api.telegram.org", "s3cret")
    assert settings.read(public).telegram is None


@pytest.mark.parametrize(
    ("name", "value", "more"),
    [
        ("TELEGRAM_BOT_TOKEN", "secret", {}),
        ("TELEGRAM_BOT_TOKEN", "secret:" + "a" * 35, {}),
        ("TELEGRAM_API_URL", "secret", {"TELEGRAM_BOT_TOKEN": TOKEN}),
        ("TELEGRAM_WEBHOOK_SECRET", "", {"TELEGRAM_BOT_TOKEN": TOKEN, "PUBLIC_URL": "https://example.org"}),
        ("TELEGRAM_WEBHOOK_SECRET", "sec ret", {"TELEGRAM_BOT_TOKEN": TOKEN, "PUBLIC_URL": "https://b.org"}),
    ],
)
def test_what_telegram_would_refuse_is_named_and_not_repeated(
    name: str, value: str, more: dict[str, str]
) -> None:
    with pytest.raises(settings.SettingsError, match=name) as error:
        settings.read({name: value, **more})
    assert not value or value not in str(error.value)


def test_slack_speaks_over_a_socket_unless_the_world_can_reach_it() -> None:
    socket = settings.read({"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1"}).slack
    assert socket == settings.SlackSettings("xoxb-1", "xapp-1")
    called = {"PUBLIC_URL": "https://bot.example.org", "SLACK_SIGNING_SECRET": "s"}
    assert settings.read({"SLACK_BOT_TOKEN": "xoxb-1", **called}).slack
    assert settings.read({}).slack is None


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ({"SLACK_APP_TOKEN": "xapp-1"}, "SLACK_BOT_TOKEN"),
        ({"SLACK_BOT_TOKEN": "xoxb-1"}, "SLACK_APP_TOKEN"),
        ({"SLACK_BOT_TOKEN": "xoxb-1", "PUBLIC_URL": "https://b.org"}, "SLACK_SIGNING_SECRET"),
        ({"SLACK_CLIENT_ID": "1", "SLACK_CLIENT_SECRET": "s", "SECRET_KEY": "k"}, "PUBLIC_URL"),
        ({"SLACK_CLIENT_ID": "1", "SLACK_CLIENT_SECRET": "s", "PUBLIC_URL": "https://b.org"}, "SECRET_KEY"),
        ({"SLACK_BOT_TOKEN": "x", "SLACK_APP_TOKEN": "x", "SLACK_API_URL": "nowhere"}, "SLACK_API_URL"),
    ],
)
def test_what_slack_needs_and_has_not_is_named(given: dict[str, str], missing: str) -> None:
    with pytest.raises(settings.SettingsError, match=f"{missing} "):
        settings.read(given)
