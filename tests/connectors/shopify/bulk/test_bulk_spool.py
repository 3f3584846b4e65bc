"""The folder that holds the files of an export: one's own, gone afterwards, and swept when a process was killed."""

from __future__ import annotations

import gzip
import os
import time
from pathlib import Path

import pytest

from connectors.shopify.bulk.operation import Operation
from connectors.shopify.bulk.spool import PREFIX, download, on_disk, spool_folder
from hub.budget import Unhurried
from hub.errors import PermanentError
from hub.http import guarded_client
from hub.ports import Opening
from hub.settings import get_settings
from tests.hub.http.servers import always, plain, serving


@pytest.fixture
def base(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LUNEO_DATA_DIR", str(tmp_path))
    get_settings.cache_clear()
    return tmp_path


@pytest.fixture(autouse=True)
def settings_again() -> object:
    yield
    get_settings.cache_clear()


def test_the_folder_is_gone_after_an_error_too(base: Path) -> None:
    with pytest.raises(RuntimeError), spool_folder() as folder:
        assert folder.parent == base
        (folder / "file").write_bytes(b"x")
        raise RuntimeError
    assert not list(base.iterdir())


def test_a_folder_that_a_killed_process_left_is_swept_and_one_in_use_is_not(base: Path) -> None:
    left = base / f"{PREFIX}left"
    left.mkdir()
    (left / "file-0").write_bytes(b"x")
    with spool_folder() as held:
        old = time.time() - 7200
        for folder in (left, held):
            os.utime(folder, (old, old))
        with spool_folder():
            assert held.exists()
            assert not left.exists()


def test_a_link_that_somebody_laid_is_not_followed(base: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    old = time.time() - 7200
    os.utime(elsewhere, (old, old))
    link = base / f"{PREFIX}link"
    link.symlink_to(elsewhere)
    os.utime(link, (old, old), follow_symlinks=False)
    with spool_folder() as folder:
        assert folder.stat().st_mode & 0o077 == 0
        assert not list(elsewhere.iterdir())


def test_without_a_data_folder_it_lies_where_temporary_files_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LUNEO_DATA_DIR", str(tmp_path / "none"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    get_settings.cache_clear()
    with spool_folder() as folder:
        assert folder.parent == tmp_path


def test_a_full_disk_is_one_line() -> None:
    with (
        pytest.raises(PermanentError, match=r"cannot be kept below /data: no space left on device\. Make room"),
        on_disk(Path("/data")),
    ):
        raise OSError(28, "No space left on device")


class Unchanging:
    """Operations of a shop that says the same whenever it is asked."""

    def __init__(self, operation: Operation) -> None:
        self._operation = operation

    async def look(self, id: str) -> Operation:
        return self._operation


async def test_a_file_that_unpacks_to_more_than_it_says_does_not_fill_the_disk(tmp_path: Path) -> None:
    bomb = plain(gzip.compress(b"x" * 5_000_000), "200 OK", "Content-Encoding: gzip")
    async with serving(always(bomb)) as served, guarded_client([f"127.0.0.1:{served.port}"]) as http:
        base = f"http://127.0.0.1:{served.port}"
        one = Operation("gid://shopify/BulkOperation/1", "COMPLETED", None, None, None, 9, 3, 1000, f"{base}/1.jsonl", "")
        with pytest.raises(PermanentError, match=r"BulkOperation/1 should have 1000 bytes and has more\."):
            await download(Opening(base, {}, http, Unhurried()), Unchanging(one), one, tmp_path / "file")  # type: ignore[arg-type]
    assert not (tmp_path / "file").exists()
