"""Each analysis is counted once and logged in one line, whatever becomes of it."""

import importlib
import logging
import re
from functools import partial

import pytest
from prometheus_client import generate_latest

from sqrt import monitoring
from sqrt.errors import PhotoError
from sqrt.monitoring import REGISTRY, analysed
from sqrt.rating import Rater
from sqrt.settings import Settings


@pytest.fixture(scope="module")
def rater(model_path):
    return Rater(Settings.model_construct(face_model_path=model_path))


def count(source: str, outcome: str) -> float:
    return REGISTRY.get_sample_value("sqrt_analyses_total", {"source": source, "outcome": outcome}) or 0


def timed(source: str) -> float:
    return REGISTRY.get_sample_value("sqrt_analysis_seconds_count", {"source": source}) or 0


def test_a_completed_analysis_is_one_line_and_one_count(rater, astronaut, caplog):
    caplog.set_level(logging.INFO, "sqrt")
    before = count("upload", "completed"), timed("upload")
    _, rating = analysed("upload", partial(rater.examine, astronaut))
    (record,) = caplog.records
    assert record.levelname == "INFO"
    line = rf"analysis completed in \d+ ms: 512x512 px, landmarks, overall {rating.overall:.0f}, upload"
    assert re.fullmatch(line, record.message)
    assert (count("upload", "completed"), timed("upload")) == (before[0] + 1, before[1] + 1)


def test_a_refused_photo_is_counted_and_passed_on(rater, caplog):
    caplog.set_level(logging.INFO, "sqrt")
    before = count("api", "refused"), timed("api")
    with pytest.raises(PhotoError):
        analysed("api", partial(rater.examine, b"not a photo"))
    assert [(record.levelname, record.message.split(":")[0]) for record in caplog.records] == [
        ("WARNING", "analysis refused")
    ]
    assert (count("api", "refused"), timed("api")) == (before[0] + 1, before[1])


def test_an_unexpected_error_is_counted_and_untouched(caplog):
    before = count("live", "failed")
    error = ZeroDivisionError()

    def fail():
        raise error

    with pytest.raises(ZeroDivisionError) as raised:
        analysed("live", fail)
    assert raised.value is error
    assert count("live", "failed") == before + 1


def test_memory_and_cpu_are_told():
    assert REGISTRY.get_sample_value("process_resident_memory_bytes") > 10 * 2**20
    assert REGISTRY.get_sample_value("process_cpu_seconds_total") > 0


def test_loading_the_module_anew_raises_nothing():
    spec = importlib.util.find_spec(monitoring.__name__)
    again = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(again)
    assert again.REGISTRY is not REGISTRY
    assert b"sqrt_live_streams 0.0" in generate_latest(again.REGISTRY)
