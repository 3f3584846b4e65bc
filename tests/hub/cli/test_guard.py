"""An error becomes one line and an exit code; nobody is shown a traceback."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hub.cli import guard
from hub.cli.trouble import Trouble, from_unexpected, redact, secrets_in
from tests.hub.cli.conftest import Luneo


def broken(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    """Make every command raise this."""

    def build(argv: object) -> object:
        def app(**options: object) -> None:
            raise error

        return app

    monkeypatch.setattr("hub.cli.frame.build", build)


def test_a_mistyped_word_is_told_in_one_line_and_exits_with_1(bare_luneo: Luneo) -> None:
    ran = bare_luneo("synch")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.count("\n") == 1
    assert ran.err.startswith("error: No such command 'synch'")


def test_a_wrong_option_says_where_its_help_is(bare_luneo: Luneo) -> None:
    ran = bare_luneo("keys", "create", "--forever")
    assert ran.code == 1
    assert ran.err == "error: No such option: --forever Try: luneo keys create --help\n"


def test_with_json_an_error_is_an_object_on_stdout_and_stderr_stays_empty(bare_luneo: Luneo) -> None:
    ran = bare_luneo("runs", "--limit", "many", "--json")
    assert (ran.code, ran.err) == (1, "")
    assert ran.json["error"]["code"] == "usage"
    assert "--limit" in ran.json["error"]["message"]


def test_no_word_at_all_shows_the_help(bare_luneo: Luneo) -> None:
    ran = bare_luneo()
    assert ran.code == 0
    assert "doctor" in ran.out


def test_a_fault_of_ours_is_one_line_and_its_traceback_is_in_the_log_without_secrets(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr("hub.cli.log._data_dir", lambda: tmp_path)
    broken(monkeypatch, ZeroDivisionError("cs_verysecret met postgresql://me:hunter2@db/luneo"))
    assert guard.run(["connect", "--secret", "cs_verysecret"]) == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.count("\n") == 1
    log = (tmp_path / "luneo.log").read_text()
    assert "Traceback" in log
    for text in (log, shown.err):
        assert "cs_verysecret" not in text
        assert "hunter2" not in text


def test_luneo_debug_lets_the_traceback_through(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LUNEO_DEBUG", "1")
    broken(monkeypatch, ZeroDivisionError())
    with pytest.raises(ZeroDivisionError):
        guard.run(["runs"])


def test_ctrl_c_ends_without_a_word(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    broken(monkeypatch, KeyboardInterrupt())
    assert guard.run(["runs"]) == 130
    assert capsys.readouterr().err == ""


def test_a_file_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    broken(monkeypatch, FileNotFoundError(2, "No such file or directory", "capture.json"))
    assert guard.run(["map"]) == 1
    assert capsys.readouterr().err == "error: cannot read capture.json: No such file or directory. Check the path.\n"


@pytest.mark.parametrize("option", ["--key", "--secret", "--token", "--app-secret", "--client-secret"])
def test_secrets_are_found_in_either_spelling(option: str) -> None:
    for argv in ([option, "ck_12345"], [f"{option}=ck_12345"]):
        assert redact("with ck_12345.", secrets_in(argv)) == "with ***."


def test_a_log_that_cannot_be_written_does_not_hide_the_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.cli.log._data_dir", lambda: Path("/proc/nowhere"))
    monkeypatch.setattr("hub.cli.log.LAST_RESORT", Path("/proc/nowhere"))
    trouble = from_unexpected(ValueError("odd"), [])
    assert "ValueError: odd" in trouble.line()
    assert "LUNEO_DEBUG=1" in trouble.hint


def test_a_trouble_leaves_out_what_it_does_not_know() -> None:
    assert json.loads(json.dumps(Trouble("gone", "It is gone.").data())) == {"code": "gone", "message": "It is gone."}
