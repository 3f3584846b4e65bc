"""What the page for receivers says is so: its example verifies, its figures are the code's, its commands and files exist."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from hub.app import create_app
from hub.web.house import House
from tests.hub.cli.conftest import Luneo, bare_luneo
from tests.webhooks.conftest import house
from webhooks.card import RETRY
from webhooks.catalogue import canonical
from webhooks.filters.check import OPERATORS, check
from webhooks.filters.match import COMBINED, compiled
from webhooks.verify import Verifier

__all__ = ["bare_luneo", "house"]

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "receive-our-webhooks.md").read_text("utf-8")


def shown_example() -> tuple[dict[str, str], bytes]:
    """Headers and body of the request that the page shows."""
    (block,) = re.findall(r"```http\n(.+?)\n```", PAGE, re.S)
    head, _, body = block.partition("\n\n")
    return dict(line.split(": ", 1) for line in head.splitlines()[1:]), body.encode()


def test_the_request_that_is_shown_verifies_with_the_secret_that_is_shown() -> None:
    headers, body = shown_example()
    (secret,) = re.findall(r"whsec_[A-Za-z0-9+/=]{30,}", PAGE)
    believed = Verifier([secret]).verify(headers, body, now=int(headers["webhook-timestamp"]) + 1)
    assert believed.id == headers["webhook-id"]


def test_every_header_that_is_sent_is_explained() -> None:
    for name in (name for name in shown_example()[0] if name.startswith("webhook-")):
        assert f"| `{name}` |" in PAGE


def test_the_schedule_is_the_one_that_is_kept() -> None:
    units = {"s": 1, "min": 60, "h": 3600}
    (said,) = re.findall(r"the next attempt follows ([\d smin,hand\s]+) after the one before", PAGE)
    steps = tuple(int(number) * units[unit] for number, unit in re.findall(r"(\d+) (s|min|h)\b", said))
    assert steps == RETRY
    assert 2.5 < sum(RETRY) / 86400 < 3.1 and f"{['eleven'][len(RETRY) - 10]} attempts" in PAGE


def test_the_filter_that_is_shown_lets_the_example_through_and_not_every_change_of_it() -> None:
    (block,) = re.findall(r"```json\n(.+?)\n```", PAGE, re.S)
    filter = json.loads(block)
    check(filter)
    wants, data = compiled(filter), canonical("product.updated").example
    assert data is not None and wants(data)
    for path, other in (("status", "draft"), ("handle", "test-ring"), ("tags", [])):
        record = data["object"] | {path: other} | ({"variants": []} if path == "tags" else {})
        assert not wants(data | {"object": record})
    assert not wants(data | {"cause": "sweep"})


def test_every_operator_of_filters_is_named() -> None:
    assert [name for name in (*OPERATORS, *COMBINED) if f"`{name}`" not in PAGE] == []


def test_every_file_that_is_linked_is_there() -> None:
    linked = [link for link in re.findall(r"\]\(([^)#]+)\)", PAGE) if "://" not in link]
    assert {"receivers/verify.py", "receivers/verify.mjs", "receivers/verify.php"} <= set(linked)
    assert [link for link in linked if not (DOCS / link).exists()] == []


def test_every_address_of_ours_that_is_named_answers_there(house: House) -> None:
    known = create_app(house=house).openapi()["paths"]
    named = re.findall(r"(GET|POST) (?:https://hub\.example)?(/(?:v1|jwks)/[\w/{}.-]+)", PAGE)
    assert len(named) >= 6
    forms = {(verb.upper(), re.sub(r"\{\w+\}", "{}", path)) for path, verbs in known.items() for verb in verbs}
    assert [each for each in named if (each[0], re.sub(r"\{\w+\}", "{}", each[1])) not in forms] == []


@pytest.mark.parametrize("word", ["listen", "send", "replay", "endpoints"])
def test_the_commands_have_the_options_that_the_page_names(bare_luneo: Luneo, word: str) -> None:
    lines = re.findall(rf"luneo webhooks {word}([^`\n]*)", PAGE)
    assert lines
    words = [each for each in re.findall(r"(?: )(--[a-z-]+|[a-z]+)(?= |$)", " ".join(lines)) if each]
    helps = bare_luneo("webhooks", word, "--help").out
    if word == "endpoints":
        helps += bare_luneo("webhooks", word, "add", "--help").out
    if word == "listen":
        words += ["--answer", "--secret", "--json"]
    for each in words:
        assert each in helps or each in ("http",), each
