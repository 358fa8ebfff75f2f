"""Programs that some tests need."""

import os
import shutil

import pytest


def executable(*names: str) -> str:
    """Return where a program lies; skip the test where it is missing, but fail it in CI."""
    for name in names:
        if found := shutil.which(name):
            return found
    if os.environ.get("CI"):
        pytest.fail(f"these tests need {names[0]}, and CI must run them")
    pytest.skip(f"{names[0]} is not installed")
