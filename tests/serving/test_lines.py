"""Uploads that wait for room get in one after the other, or are told in time that there is none."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest

from sqrt.serving import lines
from sqrt.serving.lines import Lines, NoRoomError
from sqrt.ui.arrivals import Arrivals


@pytest.fixture
def coming():
    made = Arrivals(most_bytes=10)
    made.announce(["first", "second", "third"])
    return made


def run(work):
    """Run it in a thread of its own: where browsers were driven in this process, a loop runs in the first."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, asyncio.wait_for(work, 10)).result()


def test_first_come_first_served_as_soon_as_there_is_room(coming):
    line, stored, came = Lines(), [8], []

    async def send(name: str) -> None:
        async with line.place(coming, name, 6, "client", lambda: stored[0]):
            came.append(name)
            stored[0] = 8

    async def all_three() -> None:
        sending = [asyncio.create_task(send(name)) for name in ("first", "second", "third")]
        for number in range(3):
            await asyncio.sleep(0)
            assert len(came) == number
            stored[0] = 0
            await asyncio.wait(sending, return_when=asyncio.FIRST_COMPLETED)
            sending = [one for one in sending if not one.done()]

    run(all_three())
    assert came == ["first", "second", "third"]
    assert coming.on_their_way == 0


def test_who_waits_in_vain_is_told(coming, monkeypatch):
    monkeypatch.setattr(lines, "ROOM_S", 0.1)

    async def send() -> None:
        async with Lines().place(coming, "first", 6, "client", lambda: 8):
            pass

    with pytest.raises(NoRoomError):
        run(send())
    assert not coming.expects("first")


def test_so_many_of_one_client_wait_and_no_more(coming, monkeypatch):
    monkeypatch.setattr(lines, "MAX_WAITING", 1)
    line, stored = Lines(), [8]

    async def send(name: str, client: str) -> None:
        async with line.place(coming, name, 1, client, lambda: stored[0]):
            pass

    async def two_of_one_and_one_of_another() -> None:
        stored[0] = 10
        first = asyncio.create_task(send("first", "client"))
        await asyncio.sleep(0)
        with pytest.raises(NoRoomError):
            await send("second", "client")
        stored[0] = 0
        await first
        await send("third", "client")

    run(two_of_one_and_one_of_another())
