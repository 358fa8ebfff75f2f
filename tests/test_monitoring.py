"""Each analysis is counted once and logged in one line, whatever becomes of it."""

import logging
import os
import re
from functools import partial

import pytest

from sqrt.errors import PhotoError
from sqrt.monitoring import BOUNDS_S, COUNTS, Counts, analysed, busy_cores, resident_bytes
from sqrt.rating import Rater
from sqrt.settings import Settings


@pytest.fixture(scope="module")
def rater(model_path):
    return Rater(Settings.model_construct(face_model_path=model_path))


def count(source: str, outcome: str) -> float:
    return COUNTS.analyses[source, outcome]


def timed(source: str) -> float:
    return sum(COUNTS.times[source].counts) if source in COUNTS.times else 0


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
    assert resident_bytes() > 10 * 2**20
    assert 0 < busy_cores() < os.cpu_count() + 1


def test_a_time_counts_up_to_the_next_bound():
    counts = Counts()
    for spent_s in (0.0, 0.01, 0.011, 10.0, 10.1):
        counts.analysed("api", "completed", spent_s)
    counts.analysed("api", "refused", 1.0)
    assert counts.times["api"].counts == [2, 1, *[0] * (len(BOUNDS_S) - 3), 1, 1]
    assert counts.times["api"].sum_s == pytest.approx(20.121)
