"""Less of the memory that photos have left: glibc, by itself, keeps it. Other C libraries are left as they are."""

import asyncio
import ctypes
import platform

TRIM_S = 5.0

GLIBC = platform.libc_ver()[0] == "glibc"
_M_ARENA_MAX = -8  # of malloc.h


def share_heaps() -> None:
    """Let all threads take memory from two heaps; to be called early.

    By default sixteen threads, on a machine with two cores, get one each, and each keeps what it once needed.
    """
    if GLIBC:
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 2)


async def give_back() -> None:
    """Until cancelled, every `TRIM_S` seconds return what is free to the system: it lies in pieces between the used."""
    while GLIBC:
        await asyncio.sleep(TRIM_S)
        await asyncio.to_thread(ctypes.CDLL(None).malloc_trim, 0)
