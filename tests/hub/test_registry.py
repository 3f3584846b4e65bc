"""The loader, against real distributions on a temporary path."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from hub.errors import ConfigurationError, NotFound
from hub.registry import load

GOOD = """
from hub.hookspecs import hookimpl
from hub.ports import Manifest

class Shop:
    manifest = Manifest("{name}", "A shop", "2.0", "v1", None, "none", (), requires_hub="{hub}")
    resources = ()
    webhooks = None
    normalise_url = probe = open = writer = explain = to_native = objects_in = sandbox = None

@hookimpl
def register_connectors():
    return [Shop()]
"""


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delenv("LUNEO_PLUGINS_STRICT", raising=False)
    return tmp_path


def install(site: Path, dist: str, code: str, version: str = "3.1") -> None:
    module = dist.replace("-", "_")
    (site / f"{module}.py").write_text(code)
    sys.modules.pop(module, None)
    info = site / f"{module}-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {dist}\nVersion: {version}\n")
    (info / "entry_points.txt").write_text(f"[luneo]\n{dist.removeprefix('luneo-')} = {module}\n")


def test_our_own_connector_comes_through_the_same_door() -> None:
    registry = load()
    assert registry.get("woocommerce").manifest.api_version == "wc/v3"


def test_a_strangers_connector_is_found(site: Path) -> None:
    install(site, "luneo-good", GOOD.format(name="good", hub=">=0.1,<1"))
    registry = load(strict=True)
    assert registry.get("good").manifest.version == "2.0"


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("import a_module_that_is_not_there", "ModuleNotFoundError: No module named 'a_module_that_is_not_there'"),
        ("def broken(:", "SyntaxError"),
        ("raise SystemExit(3)", "SystemExit: 3"),
        ("x = 1", "it implements no hook"),
        (GOOD.format(name="bad", hub=">=7"), "bad 2.0 wants a hub >=7, this is 0.1.0"),
        (GOOD.format(name="bad", hub="soon"), "'soon' is no version specifier"),
        (GOOD.format(name="woocommerce", hub=">=0.1"), "the name woocommerce is taken"),
        (GOOD.format(name="bad", hub=">=0.1").replace("sandbox = None", "x = None"), "bad lacks sandbox"),
        (GOOD.format(name="bad", hub=">=0.1").replace("[Shop()]", "[object()]"), "object has no manifest"),
        (GOOD.format(name="bad", hub=">=0.1").replace("return [Shop()]", "raise RuntimeError('oh')"), "RuntimeError: oh"),
        (
            GOOD.format(name="bad", hub=">=0.1") + "\n@hookimpl\ndef register_spaceships():\n    return []\n",
            "a hook that this hub does not know: register_spaceships",
        ),
    ],
)
def test_a_broken_package_is_named_and_the_others_stand(site: Path, code: str, words: str) -> None:
    install(site, "luneo-bad", code)
    install(site, "luneo-good", GOOD.format(name="good", hub=">=0.1,<1"))
    registry = load()
    assert {"woocommerce", "good"} <= registry.connectors.keys()
    assert registry.connectors["woocommerce"].manifest.title == "WooCommerce"
    [broken] = registry.broken
    assert (broken.name, broken.dist, broken.version) == ("bad", "luneo-bad", "3.1")
    assert words in broken.error


def test_strict_raises_and_names_the_package(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(site, "luneo-bad", "1 / 0")
    with pytest.raises(ConfigurationError, match=r"bad \(luneo-bad 3\.1\): ZeroDivisionError"):
        load(strict=True)
    monkeypatch.setenv("LUNEO_PLUGINS_STRICT", "1")
    with pytest.raises(ConfigurationError, match="luneo-bad"):
        load()


def test_an_unknown_connector_is_answered_with_the_known_ones(site: Path) -> None:
    with pytest.raises(NotFound, match=r"There is no connector 'shopware'\. Known: .*woocommerce"):
        load().get("shopware")
    install(site, "luneo-bad", "1 / 0")
    with pytest.raises(NotFound, match=r"installed but broken: bad \(luneo-bad 3\.1\)"):
        load().get("bad")


def test_loading_imports_nothing_heavy() -> None:
    heavy = {"httpx", "httpcore", "fastapi", "sqlalchemy", "requests", "woocommerce", "pydantic", "msgspec", "asyncpg", "openai"}
    code = f"import sys; from hub.registry import load; load(); print(sorted({heavy!r} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"
