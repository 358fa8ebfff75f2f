"""Large photos take turns, so that memory holds however many come."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest
from PIL import Image

from sqrt.reading.room import Room

ROOT = Path(__file__).parents[2]
LIMIT_S = 60
# Two threads that each decode photos of the kinds whose decoders take most, as large as they may be.
TWO_AT_ONCE = """
import re, sys, threading
from pathlib import Path
from sqrt.reading import load_photo

start = threading.Barrier(2)
loaded = []

def load():
    start.wait(30)
    loaded.extend(load_photo(path).size_wh for path in sys.argv[1:])

threads = [threading.Thread(target=load) for _ in range(2)]
for thread in threads: thread.start()
for thread in threads: thread.join()
assert len(loaded) == 4
print(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
"""


@pytest.fixture
def room() -> Room:
    return Room()


def waiting(room: Room, pixels: int, of: int = 10) -> tuple[threading.Thread, threading.Event, threading.Event]:
    """Ask for room in a thread; the first event tells that it is taken, the second gives it back."""
    taken, done = threading.Event(), threading.Event()

    def take() -> None:
        with room.taken(pixels, of):
            taken.set()
            assert done.wait(LIMIT_S)

    thread = threading.Thread(target=take)
    thread.start()
    return thread, taken, done


def test_what_fits_goes_together(room):
    with room.taken(4, of=10), room.taken(6, of=10):
        pass


def test_what_does_not_fit_waits_and_nobody_overtakes_it(room):
    with room.taken(6, of=10):
        large, large_taken, large_done = waiting(room, 5)
        while not room._door.locked():
            large.join(0.001)
        small, small_taken, small_done = waiting(room, 1)
        assert not large_taken.wait(0.05)
        assert not small_taken.is_set()
    assert large_taken.wait(LIMIT_S)
    assert small_taken.wait(LIMIT_S)
    for thread, done in ((large, large_done), (small, small_done)):
        done.set()
        thread.join(LIMIT_S)
        assert not thread.is_alive()


def test_more_than_there_is_goes_alone(room):
    with room.taken(11, of=10):
        thread, taken, done = waiting(room, 1)
        assert not taken.wait(0.05)
    done.set()
    thread.join(LIMIT_S)
    assert taken.is_set()


def test_a_failure_gives_the_room_back(room):
    with pytest.raises(ZeroDivisionError), room.taken(10, of=10):
        raise ZeroDivisionError
    with room.taken(10, of=10):
        pass


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux tells the peak of memory")
def test_two_of_the_largest_at_once_take_less_than_a_gigabyte(tmp_path):
    Image.new("RGBA", (8500, 6000), (9, 99, 200, 128)).save(tmp_path / "1", "AVIF", speed=10, subsampling="4:4:4")
    Image.new("RGBA", (5900, 4300), (9, 99, 200, 128)).save(tmp_path / "2", "WEBP", lossless=True, quality=0, method=0)
    command = [sys.executable, "-c", TWO_AT_ONCE, *map(str, sorted(tmp_path.iterdir()))]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=180)
    assert int(done.stdout) < 850_000
