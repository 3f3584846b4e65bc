"""Connections: kept and used again, replaced when they die, and none left behind."""

from __future__ import annotations

import asyncio
import contextlib
import os
import resource
import time

import pytest

from tests.webhooks.send.conftest import MakeSender, post
from tests.webhooks.send.receiver import OK, Call, Receiver
from webhooks.send.answer import Answer
from webhooks.send.sender import Sender


async def test_one_connection_serves_request_after_request(make_sender: MakeSender, receiver: Receiver) -> None:
    sender = make_sender(allow=[receiver.pair])
    for _ in range(20):
        assert (await post(sender, receiver.url())).error is None
    assert (receiver.connections, len(receiver.calls)) == (1, 20)


async def test_a_receiver_that_closes_after_each_answer(make_sender: MakeSender, receiver: Receiver) -> None:
    async def closing(call: Call) -> None:
        await call.send(OK.replace(b"\r\n\r\n", b"\r\nconnection: close\r\n\r\n"))
        call.close()

    receiver.behaviour = closing
    sender = make_sender(allow=[receiver.pair])
    for _ in range(20):
        assert (await post(sender, receiver.url())).error is None
    assert (receiver.connections, len(receiver.calls)) == (20, 20)


async def warmed(sender: Sender, receiver: Receiver, connections: int) -> None:
    """As many connections, open and idle."""
    gate = asyncio.Event()

    async def together(call: Call) -> None:
        if call.nth == connections:
            gate.set()
        await gate.wait()
        await call.send(OK)

    receiver.behaviour = together
    await asyncio.gather(*(post(sender, receiver.url()) for _ in range(connections)))
    assert receiver.connections == connections
    receiver.calls.clear()


@pytest.mark.parametrize("idle", [1, 5])
@pytest.mark.parametrize("way", ["reset", "close"])
async def test_a_kept_connection_that_dies_as_we_write_is_replaced_once(
    make_sender: MakeSender, receiver: Receiver, idle: int, way: str
) -> None:
    sender = make_sender(allow=[receiver.pair])
    await warmed(sender, receiver, idle)

    async def dying(call: Call) -> None:
        if call.connection <= idle:
            getattr(call, way)()
        else:
            await call.send(OK)

    receiver.behaviour = dying
    answer = await post(sender, receiver.url(), headers=(b"webhook-id: msg_1",))
    assert (answer.status, answer.error) == (200, None)
    assert [b"webhook-id: msg_1\r\n" in call.head for call in receiver.calls] == [True, True]
    assert receiver.calls[1].connection == idle + 1


@pytest.mark.parametrize("idle", [1, 5])
async def test_it_is_replaced_once_only(make_sender: MakeSender, receiver: Receiver, idle: int) -> None:
    sender = make_sender(allow=[receiver.pair])
    await warmed(sender, receiver, idle)

    async def dying(call: Call) -> None:
        call.close()

    receiver.behaviour = dying
    answer = await post(sender, receiver.url())
    assert (answer.status, answer.error) == (None, "reset")
    assert len(receiver.calls) == 2


async def test_after_the_first_line_of_an_answer_nothing_is_sent_again(make_sender: MakeSender, receiver: Receiver) -> None:
    sender = make_sender(allow=[receiver.pair])
    await warmed(sender, receiver, 1)

    async def half(call: Call) -> None:
        await call.send(b"HTTP/1.1 200 OK\r\n")
        call.close()

    receiver.behaviour = half
    assert (await post(sender, receiver.url())).error == "reset"
    assert len(receiver.calls) == 1


async def test_connections_that_the_receiver_closed_meanwhile_are_noticed(make_sender: MakeSender, receiver: Receiver) -> None:
    calls: list[Call] = []

    async def keeping(call: Call) -> None:
        calls.append(call)
        await call.send(OK)

    sender = make_sender(allow=[receiver.pair])
    await warmed(sender, receiver, 4)
    receiver.behaviour = keeping
    for _ in range(5):
        assert (await post(sender, receiver.url())).error is None
        calls[-1].close()
        await asyncio.sleep(0.02)
    assert len(receiver.calls) == 5  # none was sent twice


async def test_numbers_of_closed_sockets_that_come_again_are_told_apart(make_sender: MakeSender, receiver: Receiver) -> None:
    """Connections open and close all the time, so that the system gives their numbers out again and again."""

    async def sometimes(call: Call) -> None:
        if call.nth % 3 == 0:
            call.reset()
        elif call.nth % 3 == 1:
            await call.send(OK)
        else:
            await call.send(OK)
            await asyncio.sleep(0.001)
            call.close()

    receiver.behaviour = sometimes
    sender = make_sender(allow=[receiver.pair])

    async def some() -> list[str | None]:
        return [(await post(sender, receiver.url())).error for _ in range(50)]

    errors = [error for batch in await asyncio.gather(*(some() for _ in range(20))) for error in batch]
    assert set(errors) == {None, "reset"}
    assert errors.count(None) > 500


@pytest.mark.parametrize("pause", [0.0, 0.02])
async def test_an_answer_too_many_is_not_taken_for_the_next_one(
    make_sender: MakeSender, receiver: Receiver, pause: float
) -> None:
    async def twice(call: Call) -> None:
        if call.nth == 1:
            await call.send(OK)
            await asyncio.sleep(pause)
            await call.send(OK.replace(b"{}", b"xx"))
        else:
            await call.send(b"HTTP/1.1 500 -\r\ncontent-length: 0\r\n\r\n")

    receiver.behaviour = twice
    sender = make_sender(allow=[receiver.pair])
    assert (await post(sender, receiver.url())).body == b"{}"
    await asyncio.sleep(0.05)
    assert (await post(sender, receiver.url())).status == 500
    assert receiver.connections == 2


def open_files() -> int:
    return len(os.listdir("/proc/self/fd"))


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="counts open files as Linux shows them")
async def test_two_thousand_failures_leave_nothing_behind(make_sender: MakeSender, receiver: Receiver) -> None:
    async def hostile(call: Call) -> None:
        match call.nth % 8:
            case 0:
                call.reset()
            case 1:
                call.close()
            case 2:
                await call.send(b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 200 + b"\r\n")
            case 3:
                await call.send(b"HTTP/1.1 200 OK\r\ncontent-length: 999999\r\n\r\n" + b"z" * 100_000)
            case 4:
                await call.send(b"garbage\r\n\r\n")
            case 5:
                await call.send(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n")
            case 6:
                await call.send(b"HTTP/1.1 500 -\r\ncontent-length: 0\r\n\r\n")
            case _:
                await call.reader.read()  # until it is cut
                call.close()

    receiver.behaviour = hostile
    sender = make_sender(allow=[receiver.pair, "127.0.0.1:1"], first_byte=0.1, total=0.2)
    await asyncio.gather(*(post(sender, receiver.url()) for _ in range(20)))
    before = open_files()

    async def some(nth: int) -> None:
        for _ in range(50):
            await post(sender, "http://127.0.0.1:1/" if nth % 10 == 0 else receiver.url())

    await asyncio.gather(*(some(nth) for nth in range(40)))
    assert sender.in_flight == 0
    assert len(sender._resting) <= 40
    for _ in range(50):
        if open_files() <= before + 20:
            break
        await asyncio.sleep(0.1)
    assert open_files() <= before + 20


@pytest.mark.parametrize("left", [0, 1])
async def test_having_no_file_left_is_our_own_fault(make_sender: MakeSender, receiver: Receiver, left: int) -> None:
    sender = make_sender(allow=[receiver.pair])
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    taken: list[int] = []
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(int(name) for name in os.listdir("/proc/self/fd")) + 10, hard))
        with contextlib.suppress(OSError):
            while True:
                taken.append(os.dup(0))
        for _ in range(left):
            os.close(taken.pop())
        answer = await post(sender, receiver.url())
    finally:
        for fd in taken:
            os.close(fd)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert answer.error == "stopped" and "too many open files" in answer.detail
    assert (await post(sender, receiver.url())).error is None


async def test_hundreds_of_hung_requests_do_not_delay_the_others(make_sender: MakeSender, receiver: Receiver) -> None:
    async def hanging(call: Call) -> None:
        if call.head.startswith(b"POST /hang"):
            await asyncio.sleep(30)
        await call.send(OK)

    receiver.behaviour = hanging
    sender = make_sender(allow=[receiver.pair], total=20.0, first_byte=20.0)
    for _ in range(300):
        sender.start(receiver.url("/hang"), [], b"{}", lambda _: None)
    await asyncio.sleep(0.5)
    assert sender.in_flight == 300
    took = []
    for _ in range(50):
        began = time.monotonic()
        assert (await post(sender, receiver.url())).error is None
        took.append(time.monotonic() - began)
    assert sorted(took)[25] < 0.1


async def test_start_never_calls_back_at_once_and_never_raises(make_sender: MakeSender, receiver: Receiver) -> None:
    sender = make_sender(allow=[receiver.pair])
    answers: list[Answer] = []
    sender.start("nonsense", [], b"", answers.append)
    sender.start(receiver.url(), [b"x: \0"], b"", answers.append)
    sender.start(receiver.url(), [1], b"", answers.append)  # type: ignore[list-item]
    sender.start(receiver.url(), [], b"{}", answers.append)
    assert answers == []
    await asyncio.sleep(0.2)
    assert sorted(answer.error or "" for answer in answers)[0] == ""
    assert {"address", "protocol"} <= {answer.error for answer in answers}
    assert sender.in_flight == 0


async def test_a_callback_that_fails_takes_no_other_with_it(make_sender: MakeSender, receiver: Receiver) -> None:
    def bad(_: Answer) -> None:
        raise RuntimeError("no")

    told: list[str] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context["message"]))
    sender = make_sender(allow=[receiver.pair])
    for _ in range(10):
        sender.start(receiver.url(), [], b"{}", bad)
    assert (await post(sender, receiver.url())).error is None
    await asyncio.sleep(0.1)
    assert told == ["A sender's callback failed."] * 10
    assert sender.in_flight == 0


async def test_closing_waits_for_what_is_in_flight(make_sender: MakeSender, receiver: Receiver) -> None:
    async def slow(call: Call) -> None:
        await asyncio.sleep(0.2)
        await call.send(OK)

    receiver.behaviour = slow
    sender = make_sender(allow=[receiver.pair])
    answers: list[Answer] = []
    sender.start(receiver.url(), [], b"{}", answers.append)
    await asyncio.sleep(0.05)
    await sender.close()
    assert [answer.error for answer in answers] == [None]
    assert (await post(sender, receiver.url())).error == "stopped"


async def test_aborting_tells_everybody_at_once(make_sender: MakeSender, receiver: Receiver) -> None:
    async def silent(call: Call) -> None:
        await asyncio.sleep(30)

    receiver.behaviour = silent
    sender = make_sender(allow=[receiver.pair])
    answers: list[Answer] = []
    for _ in range(10):
        sender.start(receiver.url(), [], b"{}", answers.append)
    sender.start("https://still-asking.example/", [], b"{}", answers.append)
    await asyncio.sleep(0.1)
    sender.abort()
    sender.abort()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert [answer.error for answer in answers].count("stopped") >= 10
    assert sender.in_flight == 0


async def test_a_sender_can_be_stopped_from_a_callback(make_sender: MakeSender, receiver: Receiver) -> None:
    sender = make_sender(allow=[receiver.pair])
    over = asyncio.Event()

    def stop(_: Answer) -> None:
        sender.abort()
        over.set()

    for _ in range(5):
        sender.start(receiver.url(), [], b"{}", stop)
    await asyncio.wait_for(over.wait(), 5)
    assert sender.in_flight == 0
