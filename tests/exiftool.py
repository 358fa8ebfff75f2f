"""What others read in a file: ExifTool, the reference for metadata."""

import json
import subprocess
from pathlib import Path
from typing import Any

from tests.programs import executable


def exiftool(*arguments: object) -> bytes:
    """Run it."""
    command = [executable("exiftool"), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, check=True, timeout=60).stdout


def tags(path: Path) -> dict[str, Any]:
    """Return all tags of a file and of what is embedded in it, by group and name; none of its name and its disk."""
    (found,) = json.loads(exiftool("-j", "-G1", "-a", "-u", "-ee", "-b", path))
    of_the_disk = "System:", "SourceFile", "ExifTool:"
    return {name: told for name, told in found.items() if not name.startswith(of_the_disk)}
