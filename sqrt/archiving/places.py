"""Where photos and parts lie: in folders of this machine, or wherever fsspec reaches, such as ``s3://bucket/key``."""

import os
import re
import stat
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

from sqrt.errors import SqrtError
from sqrt.words import N_

_REMOTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")
_S3 = ("s3", "s3a")


class ArchiveError(SqrtError):
    """An archive cannot be made, gone on with, or read; what is done of it stays."""

    user_message = N_("This archive cannot be read.")

    def __init__(self, user_message: str, message: str | None = None) -> None:
        super().__init__(message or user_message, user_message)


class Facts(NamedTuple):
    """What tells a file from what it was before: its size in bytes, and its time in ns or its ETag."""

    bytes: int | None = None
    changed: str | None = None


def is_remote(address: str) -> bool:
    """Whether an address is for fsspec; paths and ``file://`` are this machine's."""
    return _REMOTE.match(address) is not None and not address.startswith("file://")


def absolute(address: str) -> str:
    """Return an address that means the same from any folder."""
    if is_remote(address):
        return address
    return os.path.abspath(unquote(urlsplit(address).path) if address.startswith("file://") else address)


def storable(address: str) -> str:
    """Return an address as text that can be stored: of a name that is no UTF-8, what is not stands as ``\\udcff``."""
    return address.encode("utf-8", "backslashreplace").decode("utf-8")


def trouble() -> tuple[type[Exception], ...]:
    """Return what reading and writing may raise, also by object stores; ValueError is for a NUL in a path."""
    botocore = sys.modules.get("botocore.exceptions")
    return (OSError, ValueError, *((botocore.BotoCoreError, botocore.ClientError) if botocore else ()))


def why(error: Exception) -> str:
    """Return a few words on what went wrong, on one line and without a name of a file."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return " ".join(str(error).split()) or type(error).__name__


def store(address: str) -> tuple[Any, str]:
    """Return the file system of a remote address, and the address as that says it; nothing of it is remembered.

    Raises ArchiveError where the package that reaches it is not installed.
    """
    from fsspec.core import url_to_fs  # takes long to load, and folders do not need it

    try:
        return url_to_fs(address, use_listings_cache=False)
    except (ImportError, ValueError) as error:
        raise ArchiveError(f"{address.partition('://')[0]}:// cannot be reached: {why(error)}.") from error


def is_s3(file_system: Any) -> bool:
    """Whether a file system is s3fs's, which can give a listing page by page."""
    protocol = file_system.protocol
    return any(one in _S3 for one in ([protocol] if isinstance(protocol, str) else protocol))


def facts_of(info: dict[str, Any]) -> Facts:
    """Return the facts that a file system's listing tells of a file."""
    changed = info.get("ETag") or info.get("etag") or info.get("mtime") or info.get("LastModified")
    return Facts(info.get("size"), str(changed).strip('"') if changed else None)


def files_in(folder: str) -> Iterator[tuple[str, Facts]]:
    """Yield the address of all that lies directly in a folder, with its facts.

    Raises one of `trouble`, FileNotFoundError where there is no such folder.
    """
    if is_remote(folder):
        file_system, path = store(folder)
        for info in file_system.ls(path, detail=True):
            yield info["name"], facts_of(info)
        return
    with os.scandir(folder) as found:
        for one in found:
            with suppress(FileNotFoundError):  # gone since
                status = one.stat()
                yield one.path, Facts(status.st_size, str(status.st_mtime_ns))


def facts(address: str) -> Facts:
    """Ask for a file's facts; raises one of `trouble`."""
    if is_remote(address):
        file_system, path = store(address)
        return facts_of(file_system.info(path))
    status = os.stat(address)
    return Facts(status.st_size, str(status.st_mtime_ns))


def content(address: str, size: int | None, most: int) -> str | bytes:
    """Return a photo as a rater takes it: its bytes, or the path of what is no file or too large, to be told why.

    Of a remote file of more than `most` bytes, only as many are read as tell that it is. Raises one of `trouble`.
    """
    if is_remote(address):
        file_system, path = store(address)
        return file_system.cat_file(path, end=most + 1) if size is None or size > most else file_system.cat_file(path)
    status = os.stat(address)
    # Opening a pipe or a device could block forever.
    if not stat.S_ISREG(status.st_mode) or status.st_size > most:
        return address
    return Path(address).read_bytes()


def is_there(address: str) -> bool:
    """Whether a folder is there, or of a remote address what holds it, such as a bucket."""
    if not is_remote(address):
        return os.path.isdir(address)
    file_system, path = store(address)
    bucket = path.partition("/")[0]
    try:
        if is_s3(file_system):
            file_system.call_s3("list_objects_v2", Bucket=bucket, MaxKeys=1)
        else:
            file_system.info(bucket or path)
    except PermissionError:
        return True  # it may be read, and not listed
    except trouble():
        return False
    return True
