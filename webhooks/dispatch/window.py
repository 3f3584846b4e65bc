"""How much an endpoint gets at once: a window that its answers widen and narrow, a breaker, a throttle. Times are monotonic."""

from __future__ import annotations

from collections.abc import Callable

START = 4.0
MOST = 64.0
SLICE = 10.0  # seconds; the breaker looks back over six of them
SLICES = 6
ENOUGH = 10  # samples before it judges
TOO_MANY = 0.7  # share of failures
FIRST_PAUSE = 5.0  # seconds until the first probe
LONGEST_PAUSE = 300.0


class Window:
    """Requests in flight: +1 for every window of successes, half after a failure; 1, 2, 4 … after an outage."""

    __slots__ = ("_good", "_ramping", "size")

    def __init__(self) -> None:
        self.size = START
        self._good = 0
        self._ramping = False

    def success(self) -> None:
        if self.size >= MOST:
            return
        self._good += 1
        if self._good >= self.size:
            self._good = 0
            self.size = min(MOST, self.size * 2 if self._ramping else self.size + 1)
            if self.size > MOST / 2:
                self._ramping = False

    def failure(self) -> None:
        self._good = 0
        self._ramping = False
        self.size = max(1.0, self.size // 2)

    def ramp(self) -> None:
        """Begin at one again: the endpoint was away, or was just switched on."""
        self.size = 1.0
        self._good = 0
        self._ramping = True


class Breaker:
    """Stops sending to an endpoint that fails: open after ten samples in a minute of which 70 % failed.

    Then one probe after a pause; each that fails doubles the pause, one that succeeds closes the breaker. `spread` (0 to 1)
    keeps several dispatchers from probing at the same instant.
    """

    __slots__ = ("_all", "_bad", "_pause", "_slice", "_spread", "open", "probing", "until")

    def __init__(self, spread: Callable[[], float]) -> None:
        self.open = False
        self.probing = False
        self.until = 0.0
        self._spread = spread
        self._pause = FIRST_PAUSE
        self._slice = 0
        self._bad = [0] * SLICES
        self._all = [0] * SLICES

    def _turn(self, now: float) -> int:
        slice = int(now / SLICE)
        if slice != self._slice:
            for gone in range(max(self._slice + 1, slice - SLICES + 1), slice + 1):
                self._bad[gone % SLICES] = self._all[gone % SLICES] = 0
            self._slice = slice
        return slice % SLICES

    def success(self, now: float) -> bool:
        """True when this closes the breaker: the outage is over. What left before it opened says nothing of now."""
        self._all[self._turn(now)] += 1
        if not self.open or (not self.probing and now < self.until):
            return False
        self.reset()
        return True

    def failure(self, now: float) -> bool:
        """True when this opens the breaker."""
        at = self._turn(now)
        self._all[at] += 1
        self._bad[at] += 1
        if self.open:
            if self.probing:
                self._pause = min(LONGEST_PAUSE, self._pause * 2)
                self._rest(now)
            return False
        if (samples := sum(self._all)) < ENOUGH or sum(self._bad) < samples * TOO_MANY:
            return False
        self.open = True
        self._rest(now)
        return True

    def trip(self, now: float, quiet: float) -> bool:
        """The endpoint asked to be left alone for `quiet` seconds. True when this opens the breaker."""
        was, self.open, self.probing = self.open, True, False
        self.until = max(self.until, now + quiet) if was else now + quiet
        return not was

    def _rest(self, now: float) -> None:
        self.probing = False
        self.until = now + self._pause * (0.8 + 0.4 * self._spread())

    def reset(self) -> None:
        """Closed, and nothing remembered."""
        self.open = self.probing = False
        self._pause = FIRST_PAUSE
        self._bad = [0] * SLICES
        self._all = [0] * SLICES


SAVED = 0.04  # seconds: what a late timer may make good
SPARE = 0.05  # share of a second that roads of different length may take off the second that a receiver sees


class Throttle:
    """At most `rate` attempts in any second, the first one included: they leave one by one, a little slower than allowed.

    Of what was not used, 40 ms are saved. In any second so many leave at most: 1 + (1 + SAVED) / gap, rounded down.
    """

    __slots__ = ("_next", "rate")

    def __init__(self) -> None:
        self.rate: float | None = None
        self._next = 0.0

    def limit(self, rate: float | None, now: float) -> None:
        """From now on. An attempt that begins while there is no limit yet counts as the first under it."""
        fresh, self.rate = self.rate is None, rate
        if fresh:
            self.count(now)

    def wait(self, now: float) -> float:
        """Seconds until the next attempt may begin; 0 when it may now."""
        if self.rate is None:
            return 0.0
        return max(0.0, self._next - now)

    def count(self, now: float) -> None:
        """An attempt begins."""
        if self.rate is not None:
            self._next = max(self._next, now - SAVED) + (1 + SAVED + SPARE) / self.rate
