"""Each of the model files, for tests of all."""

from dataclasses import replace

import pytest

from sqrt.faces.model_file import MODEL_FILES, ModelFile
from tests.faces.wheels import NOBODY_LISTENS


@pytest.fixture(params=MODEL_FILES, ids=lambda file: file.name)
def file(request) -> ModelFile:
    """Each row of the table; its official address is nobody's."""
    return replace(request.param, url=NOBODY_LISTENS)


@pytest.fixture
def model(model_path, file) -> bytes:
    return model_path.with_name(file.name).read_bytes()
