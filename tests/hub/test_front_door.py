"""What authors of connectors need stands at `hub`, and costs nothing to import."""

from __future__ import annotations

import inspect
import subprocess
import sys

import hub
from hub import errors, ports


def test_every_port_stands_at_the_front_door() -> None:
    made_there = {name for name, one in vars(ports).items() if inspect.isclass(one) and one.__module__.startswith("hub.ports.")}
    assert made_there - set(hub.__all__) == set()


def test_every_error_that_a_connector_may_raise_stands_there_too() -> None:
    raised = {name for name, one in vars(errors).items() if inspect.isclass(one) and issubclass(one, errors.ConnectorError)}
    assert raised | {"SignatureError", "ConfigurationError"} <= set(hub.__all__)


def test_the_front_door_brings_nothing_heavy() -> None:
    heavy = "{'fastapi', 'sqlalchemy', 'httpx', 'httpcore', 'asyncpg', 'pydantic', 'openai', 'graphql', 'shopify'}"
    told = subprocess.run(
        [sys.executable, "-c", f"import sys, hub; print(sorted({heavy} & sys.modules.keys()))"],
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    assert told.stdout == "[]\n"
