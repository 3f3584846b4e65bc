"""Window, breaker and throttle by a clock that the test turns."""

from __future__ import annotations

from bisect import bisect_left

import pytest

from webhooks.dispatch.window import ENOUGH, FIRST_PAUSE, LONGEST_PAUSE, MOST, START, Breaker, Throttle, Window


def breaker() -> Breaker:
    return Breaker(lambda: 0.5)


def opened(now: float = 1000.0) -> Breaker:
    made = breaker()
    for _ in range(ENOUGH):
        made.failure(now)
    assert made.open
    return made


def test_the_window_begins_at_four_and_grows_by_one_for_every_window_of_successes() -> None:
    window = Window()
    sizes = []
    for _ in range(4 + 5 + 6):
        window.success()
        sizes.append(window.size)
    assert sizes == [4, 4, 4, 5, 5, 5, 5, 5, 6, 6, 6, 6, 6, 6, 7]


def test_the_window_grows_to_64_and_halves_down_to_one() -> None:
    window = Window()
    for _ in range(10_000):
        window.success()
    assert window.size == MOST == 64
    sizes = []
    for _ in range(8):
        window.failure()
        sizes.append(window.size)
    assert sizes == [32, 16, 8, 4, 2, 1, 1, 1]


def test_after_an_outage_the_window_goes_1_2_4() -> None:
    window = Window()
    window.ramp()
    sizes = [window.size]
    for step in (1, 2, 4, 8):
        for _ in range(step):
            window.success()
        sizes.append(window.size)
    assert sizes == [1, 2, 4, 8, 16]
    assert START == 4


def test_the_breaker_opens_at_ten_samples_of_which_seven_failed() -> None:
    made = breaker()
    for _ in range(3):
        made.success(1000)
    assert [made.failure(1000 + n) for n in range(7)] == [False] * 6 + [True]
    assert made.open


def test_nine_failures_are_not_enough() -> None:
    made = breaker()
    assert not any(made.failure(1000) for _ in range(ENOUGH - 1))


def test_less_than_seven_in_ten_keep_it_closed() -> None:
    made = breaker()
    for n in range(200):
        made.failure(1000 + n / 10) if n % 10 < 6 else made.success(1000 + n / 10)
    assert not made.open


def test_what_is_older_than_a_minute_is_forgotten() -> None:
    made = breaker()
    for _ in range(9):
        made.failure(1000)
    assert not made.failure(1061)
    assert not made.open


def test_a_probe_that_fails_doubles_the_pause_up_to_five_minutes() -> None:
    made = opened(1000)
    now, pauses = 1000.0, []
    for _ in range(9):
        pauses.append(made.until - now)
        now = made.until
        made.probing = True
        made.failure(now)
    assert pauses[:4] == [FIRST_PAUSE, 10, 20, 40]
    assert pauses[-1] == LONGEST_PAUSE


def test_a_probe_that_succeeds_closes_it_and_forgets_the_outage() -> None:
    made = opened()
    made.probing = True
    assert made.success(1010)
    assert not made.open
    assert not made.failure(1011), "the failures of the outage no longer count"


def test_answers_of_requests_that_were_under_way_do_not_move_the_pause() -> None:
    made = opened()
    until = made.until
    made.failure(1001)
    assert made.until == until


def test_a_receiver_that_asks_for_quiet_opens_it_for_that_long() -> None:
    made = breaker()
    assert made.trip(1000, 30)
    assert (made.open, made.until) == (True, 1030)
    assert not made.trip(1001, 10)
    assert made.until == 1030


@pytest.mark.parametrize("rate", [1, 2, 9, 10, 20, 33, 50, 100, 999, 10_000])
def test_a_throttle_lets_at_most_its_rate_through_in_any_second_the_first_one_included(rate: int) -> None:
    throttle = Throttle()
    throttle.rate = rate
    now, began = 1000.0, []
    while now < 1003:
        wait = throttle.wait(now)
        if wait:
            now += max(wait, 0.005) + (0.03 if len(began) % 7 == 3 else 0.0)  # timers are late now and then
            continue
        throttle.count(now)
        began.append(now)
    assert max(bisect_left(began, at + 1.0) - n for n, at in enumerate(began)) <= rate
    assert len(began) >= rate * 3 * 0.8


def test_a_throttle_saves_a_few_hundredths_of_a_second_and_no_more() -> None:
    throttle = Throttle()
    throttle.rate = 100
    throttle.count(1000.0)
    burst = 0
    while throttle.wait(5000.0) == 0:
        throttle.count(5000.0)
        burst += 1
    assert 1 <= burst <= 5


def test_the_attempt_that_brings_the_limit_counts_as_the_first_under_it() -> None:
    throttle = Throttle()
    assert throttle.wait(1000.0) == 0
    throttle.count(1000.0)
    throttle.limit(10, 1000.0)
    assert throttle.wait(1000.0) > 0.05


def test_without_a_rate_there_is_no_wait() -> None:
    throttle = Throttle()
    throttle.count(1)
    assert throttle.wait(1) == 0


def test_an_answer_to_what_was_sent_before_the_endpoint_asked_for_quiet_does_not_end_the_quiet() -> None:
    made = breaker()
    assert made.trip(100.0, 60.0)
    assert not made.success(100.2)
    assert made.open and made.until == 160.0
    made.probing = True
    assert made.success(161.0)
    assert not made.open
