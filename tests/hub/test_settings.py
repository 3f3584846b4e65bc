from __future__ import annotations

from pathlib import Path

import pytest

from hub.errors import ConfigurationError
from hub.settings import default_data_dir, load_settings


def test_without_any_variable_everything_has_a_default(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATA_DIR", "KEYS", "PEPPER"):
        monkeypatch.delenv(f"LUNEO_{name}")
    settings = load_settings()
    assert (settings.database_url, settings.public_url, settings.egress_allow) == (None, None, [])
    assert settings.data_dir == default_data_dir()
    assert not settings.allow_http


def test_lists_are_written_with_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LUNEO_EGRESS_ALLOW", "127.0.0.1:8080, shop.local:443,")
    monkeypatch.setenv("LUNEO_DATA_DIR", "/somewhere")
    settings = load_settings()
    assert settings.egress_allow == ["127.0.0.1:8080", "shop.local:443"]
    assert settings.data_dir == Path("/somewhere")


def test_secrets_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "KEYS", "PEPPER", "REDIS_URL"):
        monkeypatch.setenv(f"LUNEO_{name}", "redis://u:hush@h/d")
    assert "hush" not in repr(load_settings()) + load_settings().model_dump_json()


def test_a_bad_value_names_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LUNEO_LOG_LEVEL", "loud")
    with pytest.raises(ConfigurationError, match=r"LUNEO_LOG_LEVEL: .*'debug'"):
        load_settings()


@pytest.mark.parametrize(
    "value", ["hub.example", "ftp://hub.example", "https://", "https://h:99999", "https://u:p@h", "https://h/?x=1", "https://h h"]
)
def test_an_address_that_no_shop_could_call_is_refused(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("LUNEO_PUBLIC_URL", value)
    with pytest.raises(ConfigurationError, match=r"LUNEO_PUBLIC_URL: .* is no address; it looks like https://hub.example"):
        load_settings()


def test_a_wrong_address_of_redis_is_refused_without_showing_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LUNEO_REDIS_URL", "http://:hush@h")
    with pytest.raises(ConfigurationError, match=r"LUNEO_REDIS_URL: .* redis://host:6379/0") as caught:
        load_settings()
    assert "hush" not in str(caught.value)


def test_an_empty_variable_is_an_unset_one(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "REDIS_URL", "PUBLIC_URL", "KEYS", "PEPPER"):
        monkeypatch.setenv(f"LUNEO_{name}", "")
    settings = load_settings()
    assert (settings.database_url, settings.redis_url, settings.public_url, settings.keys, settings.pepper) == (None,) * 5
