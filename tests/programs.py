"""Programs that some tests need, and the one that they are of."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def executable(*names: str) -> str:
    """Return where a program lies; skip the test where it is missing, but fail it in CI."""
    for name in names:
        if found := shutil.which(name):
            return found
    if os.environ.get("CI"):
        pytest.fail(f"these tests need {names[0]}, and CI must run them")
    pytest.skip(f"{names[0]} is not installed")


def run(*argv: str, env_extra: dict[str, str] | None = None, **options: object) -> subprocess.Popen[str]:
    """Start ``python -m sqrt`` with arguments; a warning is an error in it."""
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error"} | (env_extra or {})
    command = [sys.executable, "-m", "sqrt", *argv]
    return subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8", **options
    )
