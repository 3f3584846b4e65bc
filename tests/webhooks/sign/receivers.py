"""Everybody who judges our messages: our verifier, the published libraries, and the examples of the documentation, running."""

from __future__ import annotations

import base64
import http.client
import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import standardwebhooks
import svix.webhooks

from hub.errors import SignatureError
from tests.npm import kept, node, npm
from webhooks.verify import Verifier

Headers = Sequence[tuple[str, str]]

#: Whether a receiver that holds these keys believes a request.
Judge = Callable[[Headers, bytes, Sequence[str]], bool]

EXAMPLES = Path(__file__).parents[3] / "docs" / "receivers"
PACKAGE, RELEASE = "standardwebhooks", "1.1.1"


def ours(headers: Headers, body: bytes, keys: Sequence[str]) -> bool:
    """`webhooks.verify`."""
    try:
        Verifier(keys).verify(headers, body)
    except SignatureError:
        return False
    return True


def library(webhook: Any) -> Judge:
    """A Python library that holds one secret: with several the receiver tries each."""

    def judge(headers: Headers, body: bytes, keys: Sequence[str]) -> bool:
        for key in keys:
            try:
                webhook(key).verify(body, dict(headers))
            except Exception:  # a refusal takes several forms there
                continue
            return True
        return False

    return judge


pypi_standardwebhooks = library(standardwebhooks.Webhook)
pypi_svix = library(svix.webhooks.Webhook)


@contextmanager
def npm_standardwebhooks() -> Iterator[Judge]:
    """npm's library, in a process of its own that reads one request a line."""
    home = kept(f"{PACKAGE}-{RELEASE}", f"npm's {PACKAGE} {RELEASE}", _bring)
    judging = home / "judge.mjs"
    with subprocess.Popen([str(node()), str(judging)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin and process.stdout

        def judge(headers: Headers, body: bytes, keys: Sequence[str]) -> bool:
            asked = {"headers": dict(headers), "body": base64.b64encode(body).decode(), "keys": list(keys)}
            process.stdin.write(json.dumps(asked) + "\n")  # type: ignore[union-attr]
            process.stdin.flush()  # type: ignore[union-attr]
            return json.loads(process.stdout.readline())["believed"] is True  # type: ignore[union-attr]

        yield judge
        process.stdin.close()


def _bring(work: Path) -> Path:
    (work / "package.json").write_text("{}")
    npm("install", f"{PACKAGE}@{RELEASE}", "--ignore-scripts", "--no-audit", "--no-fund", cwd=work)
    (work / "judge.mjs").write_text(JUDGE)
    found = work / "whole"
    found.mkdir()
    for each in ("node_modules", "judge.mjs"):
        (work / each).rename(found / each)
    return found


JUDGE = """
import { Webhook } from "standardwebhooks";
import { createInterface } from "node:readline";
for await (const line of createInterface({ input: process.stdin })) {
  const { headers, body, keys } = JSON.parse(line);
  const believed = keys.some((key) => {
    try { new Webhook(key).verify(Buffer.from(body, "base64"), headers); return true; } catch { return false; }
  });
  console.log(JSON.stringify({ believed }));
}
"""


@contextmanager
def example(name: str) -> Iterator[Judge]:
    """An example of the documentation, served by its own language; one process for each set of keys, started when asked."""
    with ExitStack() as stack:

        @cache
        def served(keys: tuple[str, ...]) -> str:
            return stack.enter_context(serving(name, keys))

        yield lambda headers, body, keys: post(served(tuple(keys)), headers, body) == 204


@contextmanager
def serving(name: str, keys: Sequence[str]) -> Iterator[str]:
    """The address of an example that holds these keys: it says itself which port it was given."""
    command = {
        "verify.py": [sys.executable, "-u"],
        "verify.mjs": [str(node())],
        "verify.php": ["php", "-S", "127.0.0.1:0"],
    }[name]
    env = {**os.environ, "WEBHOOK_KEYS": " ".join(keys), "PORT": "0"}
    said = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    with subprocess.Popen([*command, str(EXAMPLES / name)], env=env, **said) as process:  # type: ignore[call-overload]
        line = process.stdout.readline()
        reading = threading.Thread(target=process.stdout.read)  # else the pipe is full one day
        reading.start()
        try:
            url = re.search(r"http://127\.0\.0\.1:[1-9]\d*", line)
            assert url, f"{name} does not start: {line}"
            yield f"{url[0]}/hooks"
        finally:
            process.terminate()
            reading.join()


def post(url: str, headers: Headers, body: bytes) -> int:
    """Send exactly these headers, those that come twice too; answers the status."""
    target = urlsplit(url)
    connection = http.client.HTTPConnection(target.hostname or "", target.port, timeout=10)
    try:
        connection.putrequest("POST", target.path)
        for name, value in [*headers, ("content-type", "application/json"), ("content-length", str(len(body)))]:
            connection.putheader(name, value)
        connection.endheaders(body)
        answer = connection.getresponse()
        answer.read()
        return answer.status
    finally:
        connection.close()
