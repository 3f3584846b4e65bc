"""What went wrong, as one line for a person or one object for a program."""

from __future__ import annotations

import errno
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from hub.errors import ApiError, HubError

if TYPE_CHECKING:
    from typer.exceptions import TyperException

SECRET_OPTIONS = ("--key", "--secret", "--token", "--app-secret", "--client-secret")


@dataclass(frozen=True, slots=True)
class Trouble:
    """`code` for programs, `message` what is wrong, `hint` what to do."""

    code: str
    message: str
    hint: str = ""
    field: str | None = None

    def line(self) -> str:
        return " ".join(f"{self.message} {self.hint}".split())

    def data(self) -> dict[str, str]:
        parts = {"code": self.code, "message": self.message, "hint": self.hint, "field": self.field}
        return {name: value for name, value in parts.items() if value}


def from_hub(error: HubError) -> Trouble:
    """Our own errors already say it all."""
    if isinstance(error, ApiError):
        return Trouble(error.code, error.message, error.hint, error.field)
    return Trouble(_snake(type(error).__name__), error.message, error.hint)


def from_usage(error: TyperException) -> Trouble:
    """A wrong word or option, with the place to read about it."""
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "luneo"
    return Trouble("usage", error.format_message().rstrip(), f"Try: {path} --help")


def from_system(error: Exception) -> Trouble | None:
    """The refusals of the system around us that a person can do something about."""
    driver = sys.modules.get("asyncpg")
    if driver is not None and isinstance(error, (driver.PostgresConnectionError, driver.OperatorInterventionError)):
        return Trouble("database_away", f"the database went away: {error}.", "Start it and run the command again.")
    if not isinstance(error, OSError):
        return None
    name = f" {error.filename}" if error.filename else ""
    if error.errno == errno.EADDRINUSE:
        return Trouble("port_taken", "the port is taken by another program.", "Choose another with --port.")
    if error.errno in (errno.EACCES, errno.EPERM):
        return Trouble("not_allowed", f"no permission for{name}.", "Change its owner or mode, or run as another user.")
    if error.errno == errno.ENOSPC:
        return Trouble("disk_full", f"the disk is full{name}.", "Free some space and run the command again.")
    if error.errno in (errno.ENOENT, errno.EISDIR, errno.ENOTDIR) and name:
        return Trouble("no_file", f"cannot read{name}: {error.strerror}.", "Check the path.")
    return None


def from_unexpected(error: Exception, argv: Sequence[str]) -> Trouble:
    """A fault of ours: named in short, told in full in the log file."""
    from hub.cli.log import write

    place = write(error, secrets=secrets_in(argv))
    detail = redact(str(error), secrets_in(argv)).strip().splitlines()
    what = f"{type(error).__name__}: {detail[0][:200]}" if detail else type(error).__name__
    return Trouble("unexpected", f"something went wrong inside luneo ({what}).", f"The details are in {place}")


def secrets_in(argv: Sequence[str]) -> list[str]:
    """The values of the options that carry secrets, in either spelling (`--key K`, `--key=K`)."""
    found = []
    for number, word in enumerate(argv):
        option, sign, value = word.partition("=")
        if option in SECRET_OPTIONS:
            found.append(value if sign else "".join(argv[number + 1 : number + 2]))
    return [value for value in found if len(value) > 3]


def redact(text: str, secrets: Sequence[str]) -> str:
    """The text without these secrets, and without passwords in addresses."""
    for secret in secrets:
        text = text.replace(secret, "***")
    return re.sub(r"(://[^/\s:@]*:)[^@\s/]+@", r"\1***@", text)


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name.removesuffix("Error")).lower()


def readable(path: Path) -> str:
    """A path as a person would type it."""
    home = str(Path.home())
    return str(path).replace(home, "~", 1) if str(path).startswith(home + "/") else str(path)
