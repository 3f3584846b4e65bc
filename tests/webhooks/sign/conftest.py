"""The judges, each started once for the run."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest

from tests.webhooks.sign.receivers import Judge, example, npm_standardwebhooks, ours, pypi_standardwebhooks, pypi_svix

EXAMPLES = ("verify.py", "verify.mjs", "verify.php")
LIBRARIES = ("PyPI standardwebhooks", "PyPI svix", "npm standardwebhooks")


@pytest.fixture(scope="session", params=["webhooks.verify", *EXAMPLES, *LIBRARIES])
def judge(request: pytest.FixtureRequest) -> Iterator[Judge]:
    """Everybody who knows `v1`."""
    yield from judged(request.param)


@pytest.fixture(scope="session", params=["webhooks.verify", *EXAMPLES])
def judge_of_both(request: pytest.FixtureRequest) -> Iterator[Judge]:
    """Those who know `v1a` too: no published library does."""
    yield from judged(request.param)


def judged(name: str) -> Iterator[Judge]:
    """A judge, by its name."""
    at_hand = {"webhooks.verify": ours, "PyPI standardwebhooks": pypi_standardwebhooks, "PyPI svix": pypi_svix}
    if name in at_hand:
        yield at_hand[name]
        return
    if name == "verify.php" and not shutil.which("php"):
        pytest.fail("The example in PHP needs PHP: apt-get install php-cli", pytrace=False)
    try:
        opened = example(name) if name in EXAMPLES else npm_standardwebhooks()
        with opened as judge:
            yield judge
    except RuntimeError as error:
        pytest.fail(str(error), pytrace=False)
