"""The status page, after real analyses."""

from functools import partial

import pytest
from streamlit.testing.v1 import AppTest

from sqrt.errors import PhotoError
from sqrt.monitoring import RECENT, analysed
from sqrt.rating import Rater
from sqrt.settings import Settings
from tests.app.pages import open_page


@pytest.fixture
def app(model_path, monkeypatch) -> AppTest:
    monkeypatch.setenv("FACE_MODEL_PATH", str(model_path))
    RECENT.clear()
    return open_page("status")


def shown(app: AppTest) -> dict[str, str]:
    assert not app.exception
    return {metric.label: metric.value for metric in app.metric}


def test_nothing_to_tell_yet(app):
    figures = shown(app.run())
    assert figures["Errors"] == figures["Response time, median"] == "not known"
    assert figures["Face engine"] == "landmarks"
    assert figures["Memory"].endswith(" MB")


def test_what_was_analysed_is_told(app, model_path, astronaut):
    rater = Rater(Settings.model_construct(face_model_path=model_path))
    for _ in range(3):
        analysed("upload", partial(rater.examine, astronaut))
    with pytest.raises(PhotoError):
        analysed("upload", partial(rater.examine, b"no photo"))
    with pytest.raises(ZeroDivisionError):
        analysed("upload", lambda: 1 / 0)
    figures = shown(app.run())
    assert figures["Errors"] == "20.0%"
    assert figures["Response time, median"].endswith(" s")
    assert len(app.get("vega_lite_chart")) == 2
