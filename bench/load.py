"""Two load generators in one process by epoll: as fast as answers come, and at a fixed rate.

The second is open-loop: each request is due at a moment fixed before the run, and its time counts
from that moment, also where the generator or an earlier answer was late (no coordinated omission).
"""

import resource
import select
import time
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from bench.arithmetic import percentile, schedule
from bench.wire import Wire

# What a run may wait for the last answers once nothing more is due.
DRAIN_SECONDS = 30.0


@dataclass(slots=True)
class Measured:
    """What one run measured: each request's time in seconds, and how many got which status."""

    seconds: float = 0.0
    times: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)

    @property
    def rate(self) -> float:
        return len(self.times) / self.seconds

    def percentile(self, share: float) -> float:
        return percentile(self.times, share)

    def other_than(self, *statuses: int) -> int:
        """Return how many answers had another status."""
        return self.statuses.total() - sum(self.statuses[status] for status in statuses)


def raise_open_files(wanted: int = 20_000) -> None:
    """Allow this process and its children that many open files, as far as the system lets it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < wanted:
        allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))


def as_fast_as_answered(
    port: int, requests: Sequence[Iterator[bytes]], *, seconds: float = float("inf")
) -> Measured:
    """Send the requests of each iterator on a connection of its own, one in flight on each.

    Ends after `seconds`, or when every iterator has ended.
    """
    poll = select.epoll()
    wires: dict[int, tuple[Wire, Iterator[bytes]]] = {}
    sent_at: dict[int, float] = {}
    for own in requests:
        wire = Wire(port)
        wires[wire.socket.fileno()] = (wire, own)
        poll.register(wire.socket, select.EPOLLIN)
    measured = Measured()
    begun = time.perf_counter()
    for number, (wire, own) in wires.items():
        if (request := next(own, None)) is not None:
            sent_at[number] = time.perf_counter()
            wire.send(request)
    while sent_at and time.perf_counter() < begun + seconds:
        for number, _ in poll.poll(1.0):
            wire, own = wires[number]
            answer = wire.receive()
            if answer is None:
                continue
            now = time.perf_counter()
            measured.times.append(now - sent_at.pop(number))
            measured.statuses[answer.status] += 1
            if (request := next(own, None)) is not None:
                sent_at[number] = now
                wire.send(request)
    measured.seconds = time.perf_counter() - begun
    _close(poll, [wire for wire, _ in wires.values()])
    return measured


def at_fixed_rate(
    port: int, requests: Sequence[Iterator[bytes]], *, rate: float, seconds: float
) -> Measured:
    """Send `rate` requests a second, in turn over as many connections as there are iterators.

    A request whose connection still waits for an answer is sent after it, and is late.
    """
    poll = select.epoll()
    wires: list[Wire] = []
    places: dict[int, int] = {}
    for _ in requests:
        wire = Wire(port)
        places[wire.socket.fileno()] = len(wires)
        wires.append(wire)
        poll.register(wire.socket, select.EPOLLIN)
    waiting: list[deque[float]] = [deque() for _ in wires]
    measured = Measured()
    due = schedule(rate, seconds)
    begun = time.perf_counter() + 0.05
    upcoming = next(due, None)
    turn = in_flight = 0
    give_up_at = begun + seconds + DRAIN_SECONDS
    while upcoming is not None or in_flight:
        now = time.perf_counter()
        if now > give_up_at:
            break
        while upcoming is not None and begun + upcoming <= now:
            place = turn % len(wires)
            turn += 1
            waiting[place].append(begun + upcoming)
            in_flight += 1
            if len(waiting[place]) == 1:
                wires[place].send(next(requests[place]))
            upcoming = next(due, None)
        rest = 1.0 if upcoming is None else max(0.0, begun + upcoming - time.perf_counter())
        # epoll itself waits in whole milliseconds; select takes microseconds, and epoll's own file.
        select.select([poll.fileno()], (), (), rest)
        for number, _ in poll.poll(0):
            place = places[number]
            answer = wires[place].receive()
            if answer is None:
                continue
            measured.times.append(time.perf_counter() - waiting[place].popleft())
            measured.statuses[answer.status] += 1
            in_flight -= 1
            if waiting[place]:
                wires[place].send(next(requests[place]))
    measured.seconds = time.perf_counter() - begun
    # What never came took at least as long as the run waited for it.
    for queue in waiting:
        for since in queue:
            measured.times.append(time.perf_counter() - since)
            measured.statuses[0] += 1
    _close(poll, wires)
    return measured


def _close(poll: select.epoll, wires: list[Wire]) -> None:
    poll.close()
    for wire in wires:
        wire.close()
