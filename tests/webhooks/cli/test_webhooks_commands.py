"""A partner's first five minutes and an operator's later ones: endpoints, send, replay, before a hub that is up."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from hub.db.engine import Database
from tests.hub.cli.conftest import Luneo, Ran, environment
from tests.webhooks.cli.test_webhooks_listen import Listening, listening
from tests.webhooks.conftest import put_kind
from tests.webhooks.sign.tamperings import OTHER, SECRET

Run = Callable[..., Ran]


@contextmanager
def up(folder: Path, database: str, allow: str) -> Iterator[None]:
    """`luneo up` in a process of its own: API, worker and dispatcher."""
    env = environment(folder, LUNEO_DATABASE_URL=database, LUNEO_EGRESS_ALLOW=allow)
    command = [sys.executable, "-m", "hub.cli", "up", "--port", "0", "--json"]
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            assert process.stdout is not None
            assert json.loads(process.stdout.readline())["page"]
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=20)


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[Listening]:
    with listening(tmp_path, "--secret", SECRET, "--secret", OTHER) as one:
        yield one


@pytest.fixture
def run(quick_luneo: Luneo, receiver: Listening) -> Run:
    """`luneo webhooks …`, where the receiver's address is allowed."""

    def run(*words: str) -> Ran:
        return quick_luneo("webhooks", *words, env={"LUNEO_EGRESS_ALLOW": receiver.first["egress_allow"]})

    return run


@pytest.fixture
def hub(tmp_path: Path, clean_database_url: str, receiver: Listening) -> Iterator[None]:
    with up(tmp_path, clean_database_url, receiver.first["egress_allow"]):
        yield


@pytest.fixture
def kind(clean_database_url: str) -> Callable[[str], str]:
    """Gives an organisation an event type of its own."""

    async def put(slug: str) -> None:
        db = Database(clean_database_url)
        async with db.system() as unit:
            org = await unit.fetchval("select id from organisation where slug = $1", slug)
        await put_kind(db, org, "stock.low")
        await db.close()

    def make(slug: str = "main") -> str:
        asyncio.run(put(slug))
        return "stock.low"

    return make


def test_the_first_five_minutes(run: Run, receiver: Listening, hub: None, kind: Callable[[], str]) -> None:
    made = run("endpoints", "add", receiver.url, "--secret", SECRET, "--uid", "mine")
    assert made.code == 0 and "Its secret is shown this once" in made.out and SECRET in made.out

    sent = run("send")
    assert sent.code == 0, sent
    assert f"delivered to {receiver.url}: 204 in " in sent.out
    heard = receiver.heard()
    assert (heard["verdict"], heard["type"], heard["attempt"]) == ("genuine", "product.updated", "1")
    assert heard["id"] in sent.out

    typed = run("send", "mine", "--type", "order.created", "--json")
    assert typed.code == 0 and typed.json["messages"][0]["state"] == "delivered"
    assert receiver.heard()["type"] == "order.created"

    published = run("send", "--type", kind(), "--data", '{"sku": "LAMP-1", "price": 1.10}', "--json")
    assert published.code == 0, published
    assert receiver.heard()["body"]["data"] == {"sku": "LAMP-1", "price": 1.10}


def test_a_rotated_secret_signs_beside_the_old_one(run: Run, receiver: Listening, hub: None) -> None:
    id = run("endpoints", "add", receiver.url, "--secret", SECRET, "--ed25519", "--json").json["id"]
    rotated = run("endpoints", "rotate", id, "--secret", OTHER, "--overlap", "1")
    assert rotated.code == 0 and OTHER in rotated.out and "The old one signs for 1 h more" in rotated.out
    assert run("send").code == 0
    assert receiver.heard()["verdict"] == "genuine"
    assert "is in use already" in run("endpoints", "rotate", id, "--secret", OTHER).err


def test_a_failure_is_told_with_its_exit_code(run: Run, tmp_path: Path, clean_database_url: str, quick_luneo: Luneo) -> None:
    with listening(tmp_path, "--secret", SECRET, "--answer", "500") as broken:
        allow = broken.first["egress_allow"]
        with up(tmp_path, clean_database_url, allow):
            words = ("webhooks", "endpoints", "add", broken.url, "--secret", SECRET)
            assert quick_luneo(*words, env={"LUNEO_EGRESS_ALLOW": allow}).code == 0
            sent = quick_luneo("webhooks", "send")
    assert sent.code == 1 and f"failed at {broken.url}: 500; it is tried again" in sent.out


def test_replays_show_their_progress_and_go_on_without_us(run: Run, receiver: Listening, hub: None) -> None:
    id = run("endpoints", "add", receiver.url, "--secret", SECRET, "--json").json["id"]
    for _ in range(3):
        assert run("send").code == 0
    ids = [receiver.heard()["id"] for _ in range(3)]

    again = run("replay", id, "--since", "1h", "--json")
    assert again.code == 0, again
    assert (again.json["status"], again.json["done"], again.json["scope"]) == ("done", 3, "all")
    assert sorted(receiver.heard()["id"] for _ in range(3)) == sorted(ids)

    none = run("replay", id[-8:], "--since", "1h", "--failed")
    assert none.code == 0 and "is done: 0 messages were looked at" in none.out
    looked = run("replay", "--watch", again.json["id"])
    assert looked.code == 0 and "is done: 3 messages" in looked.out
    assert "has ended: it is done" in run("replay", "--cancel", again.json["id"]).err


def test_ctrl_c_leaves_a_replay_running_and_tells_how_to_stop_it(
    run: Run, receiver: Listening, clean_database_url: str, tmp_path: Path
) -> None:
    id = run("endpoints", "add", receiver.url, "--secret", SECRET, "--json").json["id"]
    env = environment(tmp_path, LUNEO_DATABASE_URL=clean_database_url)
    command = [sys.executable, "-m", "hub.cli", "webhooks", "replay", id, "--since", "1h"]
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert "No worker has taken it yet" in process.stderr.readline()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
    assert process.returncode == 130 and "Traceback" not in err
    assert "goes on in the hub" in out
    begun = run("replay", id, "--since", "1h", "--detach")
    assert begun.code == 1 and "is at work: wait for it, or cancel it first" in begun.err
    cancel = next(line for line in out.splitlines() if "--cancel" in line).split()[-1]
    stopped = run("replay", "--cancel", cancel)
    assert stopped.code == 0 and f"Replay {cancel} is cancelled" in stopped.out
    assert run("replay", "--watch", cancel).code == 1
    begun = run("replay", id, "--since", "1h", "--detach")
    assert begun.code == 0 and "goes on in the hub: 0 of ? looked at so far" in begun.out


def test_endpoints_are_listed_shown_switched_and_deleted(run: Run, receiver: Listening) -> None:
    assert "no organisation yet" in run("endpoints").err
    id = run("endpoints", "add", receiver.url, "--type", "product.*", "--rate", "5", "--ordered", "--json").json["id"]
    assert id in run("endpoints").out and "product.*" in run("endpoints", "list", "--application", "main").out
    shown = run("endpoints", "show", id[-6:])
    assert shown.code == 0 and receiver.url in shown.out and "whsec_" not in shown.out
    assert run("endpoints", "disable", id).out.split()[:3] == ["state", "disabled:", "operator"]
    refused = run("send", id)
    assert refused.code == 1 and "is disabled" in refused.err and "enable it first" in refused.err
    assert run("endpoints", "enable", id, "--json").json["enabled"] is True
    kept = run("endpoints", "delete", id)
    assert kept.code == 1  # nobody was there to say yes
    assert run("endpoints", "delete", id, "--yes").out == f"Endpoint {id} is deleted.\n"
    assert run("endpoints").out == "No endpoint yet. Add one: luneo webhooks endpoints add URL\n"
    assert (
        "There are 0 endpoints" in run("endpoints", "show", "no-such").err
        or "means 0 endpoints" in run("endpoints", "show", "x").err
    )


def test_what_cannot_be_is_refused_with_what_to_do(run: Run, receiver: Listening) -> None:
    short = run("endpoints", "add", receiver.url, "--secret", "whsec_c2hvcnQ=")
    assert short.code == 1 and "a secret too short: it holds 5 bytes, 24 to 64 are wanted" in short.err
    assert "c2hvcnQ" not in short.err
    inside = run("endpoints", "add", "http://169.254.169.254/latest/meta-data")
    assert inside.code == 1 and "169.254.169.254" in inside.err
    assert run("endpoints", "add", receiver.url, "--type", "product.exploded").code == 1
    assert run("endpoints", "add", receiver.url, "--json").code == 0
    assert "is no moment" in run("replay", "--since", "yesterday").err
    assert "is no moment" in run("replay", "--since", "2026-11-22T08:00:00").err
    assert "--since is missing" in run("replay").err
    assert "too long a range" in run("replay", "--since", "400d").err
    assert "two different things" in run("replay", "--since", "1h", "--failed", "--missing").err
    assert "is no replay's id" in run("replay", "--watch", "x").err
    assert "leave out ENDPOINT or --data" in run("send", "x", "--data", "{}").err
    assert "--data needs --type" in run("send", "--data", "{}").err
    assert "is reserved" in run("send", "--type", "product.updated", "--data", "{}").err
    broken = run("send", "--type", "stock.low", "--data", "{not json")
    assert broken.code == 1 and "--data is no JSON" in broken.err and "column 2" in broken.err
    assert run("send", "--type", "stock.low", "--data", "@/no/such/file").err.startswith("error: cannot read /no/such/file")


def test_what_hinders_a_message_is_said_with_what_to_do(run: Run, quick_luneo: Luneo, hub: None, kind: Callable[[], str]) -> None:
    words = ("webhooks", "endpoints", "add", "http://127.0.0.1:9/", "--json")
    inside = quick_luneo(*words, env={"LUNEO_EGRESS_ALLOW": "127.0.0.1:9"}).json["id"]
    refused = run("send", inside)
    assert refused.code == 1 and "LUNEO_EGRESS_ALLOW" in refused.out
    assert run("endpoints", "disable", inside).code == 0
    began = time.monotonic()
    waits = run("send", "--data", "{}", "--type", kind(), "--wait", "30")
    assert waits.code == 2 and f"until its endpoint is enabled: luneo webhooks endpoints enable {inside}" in waits.out
    assert time.monotonic() - began < 20


def test_without_a_dispatcher_a_message_waits_and_that_is_told(run: Run, receiver: Listening, kind: Callable[[], str]) -> None:
    assert run("endpoints", "add", receiver.url).code == 0
    waits = run("send", "--wait", "0.2")
    assert waits.code == 2 and "for a dispatcher. Is one running? luneo up, or luneo dispatch" in waits.out
    assert run("send", "--wait", "0").code == 0
    nobody = run("endpoints", "add", receiver.url + "/orders", "--type", "order.*")
    assert nobody.code == 0
    assert "There are 2 endpoints" in run("send").err
    began = time.monotonic()
    alone = run("send", "--data", "{}", "--type", kind(), "--wait", "0.2")
    assert time.monotonic() - began < 5 and alone.code == 2
