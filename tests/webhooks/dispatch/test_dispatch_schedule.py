"""What becomes of a message after an attempt: pure, so every rule stands in a table."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from webhooks.card import RETRY
from webhooks.dispatch.schedule import LONGEST_WAIT, Fate, judge


@dataclass
class Said:
    status: int | None
    error: str | None = None
    retry_after: float | None = None


@pytest.mark.parametrize("status", [200, 201, 202, 204, 206, 299])
def test_every_2xx_is_a_success(status: int) -> None:
    assert judge(Said(status), 0, RETRY, 0.5).fate is Fate.DELIVERED


@pytest.mark.parametrize("status", [301, 302, 307, 308, 408, 425, 429, 500, 502, 503, 504])
def test_what_may_pass_is_tried_again_over_the_whole_schedule(status: int) -> None:
    for step in range(len(RETRY)):
        verdict = judge(Said(status, "status"), step, RETRY, 0.5)
        assert (verdict.fate, verdict.delay, verdict.blames) == (Fate.RETRY, pytest.approx(RETRY[step]), True)
    assert judge(Said(status, "status"), len(RETRY), RETRY, 0.5).fate is Fate.DEAD


@pytest.mark.parametrize("error", ["refused", "timeout", "timeout_connect", "reset", "tls", "name", "address"])
def test_no_answer_is_tried_again(error: str) -> None:
    assert judge(Said(None, error), 0, RETRY, 0.5).fate is Fate.RETRY


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 422])
def test_a_refusal_is_tried_again_on_the_first_three_rungs_only(status: int) -> None:
    fates = [judge(Said(status, "status"), step, RETRY, 0.5).fate for step in range(4)]
    assert fates == [Fate.RETRY, Fate.RETRY, Fate.RETRY, Fate.DEAD]
    assert not judge(Said(status, "status"), 0, RETRY, 0.5).blames, "the message may be wrong, the endpoint answers"


def test_a_schedule_shorter_than_three_rungs_ends_a_refusal_too() -> None:
    assert judge(Said(404, "status"), 1, (5,), 0.5).fate is Fate.DEAD


def test_410_says_that_the_endpoint_is_gone() -> None:
    assert judge(Said(410, "status"), 0, RETRY, 0.5).fate is Fate.GONE


def test_waits_are_spread_by_a_fifth_to_either_side() -> None:
    waits = [judge(Said(500, "status"), 2, RETRY, chance).delay for chance in (0.0, 0.5, 1.0)]
    assert waits == [pytest.approx(96), pytest.approx(120), pytest.approx(144)]


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_puts_the_next_attempt_off_and_never_before_its_time(status: int) -> None:
    for chance in (0.0, 0.5, 1.0):
        verdict = judge(Said(status, "status", 300.0), 0, RETRY, chance)
        assert 300 <= verdict.delay <= 330
        assert verdict.quiet == 300


def test_retry_after_does_not_hurry_the_schedule() -> None:
    assert judge(Said(429, "status", 1.0), 3, RETRY, 0.5).delay == pytest.approx(600)


def test_retry_after_is_honoured_up_to_24_hours_and_spread_no_further() -> None:
    for asked in (86_400.0, 10 * 86_400.0, 999_999_999.0):
        for chance in (0.0, 0.5, 1.0):
            assert judge(Said(503, "status", asked), 0, RETRY, chance).delay == LONGEST_WAIT == 24 * 3600


def test_retry_after_means_nothing_with_another_status() -> None:
    assert judge(Said(500, "status", 300.0), 0, RETRY, 0.5).delay == pytest.approx(5)


def test_an_endpoint_s_own_schedule_is_followed() -> None:
    waits = [judge(Said(500, "status"), step, (1, 2), 0.5).delay for step in range(2)]
    assert waits == [1, 2]
    assert judge(Said(500, "status"), 2, (1, 2), 0.5).fate is Fate.DEAD


@pytest.mark.parametrize("error", ["too_large_headers", "timeout", "reset", "protocol"])
def test_a_success_that_broke_off_is_none(error: str) -> None:
    assert judge(Said(200, error), 0, RETRY, 0.5).fate is Fate.RETRY
