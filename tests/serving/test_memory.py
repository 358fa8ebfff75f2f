"""Memory that photos have left goes back to the system."""

import subprocess
import sys

import pytest

from sqrt.serving import memory

# Frees many small pieces with one still in use behind each: the heap's end stays where it is.
FRAGMENTS = """
import asyncio, re
from pathlib import Path
from sqrt.serving import memory

def resident_mb():
    return int(re.search(r"VmRSS:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) / 1024

async def main():
    pieces = [bytes(50_000) for _ in range(4000)]
    full = resident_mb()
    del pieces[:-1]
    memory.TRIM_S = 0.01
    chore = asyncio.create_task(memory.give_back())
    while resident_mb() > full - 150:
        await asyncio.sleep(0.01)
    chore.cancel()

memory.share_heaps()
asyncio.run(asyncio.wait_for(main(), 30))
"""


@pytest.mark.skipif(not memory.GLIBC, reason="only glibc keeps what was freed")
def test_what_is_free_is_given_back():
    subprocess.run([sys.executable, "-c", FRAGMENTS], check=True, timeout=60)


def test_other_systems_are_left_alone(monkeypatch):
    monkeypatch.setattr(memory, "GLIBC", False)
    monkeypatch.setattr(memory, "ctypes", None)
    memory.share_heaps()
    with pytest.raises(StopIteration):  # it ends at its first step
        memory.give_back().send(None)
