"""What is told of an archive is what stands in it."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sqrt.archiving import results, schema, survey
from sqrt.archiving.filters import expression
from sqrt.archiving.results import Archive
from sqrt.archiving.survey import BINS, OTHERS, Found, Mean, chosen
from sqrt.rating import Rater
from sqrt.settings import Settings
from tests.archiving.parts import AT, row, write

REFUSED = "This file is not a photo that can be read."


def test_real_ratings_are_told(tmp_path, astronaut, model_path):
    rater = Rater(Settings.model_construct(face_model_path=model_path))
    dark, bright = rater.rate(astronaut // 4), rater.rate(astronaut)
    rows = [
        schema.row("/photos/dark.jpg", 1, "1", dark, rater.engine, AT),
        schema.row("/photos/bright.jpg", 2, "2", bright, rater.engine, AT),
        schema.row("/photos/notes.txt", 3, "3", REFUSED, rater.engine, AT),
    ]
    found = survey.survey(Archive(str(write(tmp_path, rows))), best=1, worst=5)
    assert (found.total, found.count, found.refused, found.reasons) == (3, 3, 1, ((REFUSED, 1),))
    assert sum(found.distribution) == 2
    assert found.distribution[int(bright.overall // 5)] >= 1
    assert found.means["overall"] == Mean(pytest.approx((dark.overall + bright.overall) / 2), 2)
    assert found.means.keys() == {"overall", *dark.scores, *bright.scores}
    assert [one.address for one in found.best] == ["/photos/bright.jpg"]
    assert [one.address for one in found.worst] == ["/photos/dark.jpg", "/photos/bright.jpg"]
    assert found.worst[0].advice == dark.advice[0].metric
    assert found.worst[0].overall == pytest.approx(dark.overall)


points = st.none() | st.sampled_from([0.0, 4.5, 5.0, 50.0, 99.5, 100.0]) | st.floats(0, 100, width=32)


@given(
    scores=st.lists(st.tuples(points, points), max_size=40),
    best=st.integers(0, 6),
    worst=st.integers(0, 6),
    at_once=st.integers(1, 9),
)
def test_any_scores(scores, best, worst, at_once, tmp_path_factory):
    rows = [row(f"{number:02}", overall, style=style) for number, (overall, style) in enumerate(scores)]
    folder = write(tmp_path_factory.mktemp("archive"), *(rows[at : at + 7] for at in range(0, len(rows) + 1, 7)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(results, "_ROWS", at_once)
        archive = Archive(str(folder))
        found = survey.survey(archive, "style", None, best, worst)
        taken = [one["address"] for table in chosen(archive, "style", None, best, worst) for one in table.to_pylist()]
    there = [(style, f"{number:02}") for number, (_, style) in enumerate(scores) if style is not None]
    first = sorted(there, key=lambda one: (-one[0], one[1]))[:best]
    last = sorted(there)[:worst]
    assert [(one.score, one.address) for one in found.best] == first
    assert [(one.score, one.address) for one in found.worst] == last
    told = [address for _, address in first] + [address for _, address in last if (_, address) not in first]
    assert taken == (told if best or worst else [f"{number:02}" for number in range(len(scores))])
    assert found.distribution == tuple(
        Counter(min(int(score // 5), BINS - 1) for score, _ in there)[place] for place in range(BINS)
    )
    if there:
        assert found.means["style"] == Mean(pytest.approx(np.mean([score for score, _ in there])), len(there))
    else:
        assert "style" not in found.means


def test_a_filter_narrows_all_but_the_total(tmp_path):
    rows = [row("a", 10, faces=1), row("b", 90, faces=1), row("c", 95, faces=2), row("d", refused=REFUSED)]
    archive = Archive(str(write(tmp_path, rows)))
    found = survey.survey(archive, where=expression("faces = 1", schema.schema()), best=9)
    assert (found.total, found.count, found.refused) == (4, 2, 0)
    assert found.best == (Found("b", 90, 90, None), Found("a", 10, 10, None))
    assert found.means == {"overall": Mean(50, 2)}


def test_reasons_are_counted_the_most_frequent_first_and_not_without_end(tmp_path, monkeypatch):
    monkeypatch.setattr(survey, "REASONS", 3)
    monkeypatch.setattr(results, "_ROWS", 2)
    said = ["one", "two", "two", "three", "four", "five", "two", "six"]
    rows = [row(str(number), refused=sentence) for number, sentence in enumerate(said)]
    found = survey.survey(Archive(str(write(tmp_path, rows))))
    assert dict(found.reasons) == {"two": 3, OTHERS: 3, "one": 1, "three": 1}
    assert found.reasons[0][1] == 3
    assert found.refused == len(said)


def test_nothing_that_is_chosen_is_told_as_nothing(tmp_path):
    archive = Archive(str(write(tmp_path, [row("a", 10)])))
    where = expression("overall > 99", schema.schema())
    found = survey.survey(archive, where=where, best=3, worst=3)
    assert (found.count, found.best, found.worst, found.means, sum(found.distribution)) == (0, (), (), {}, 0)
    assert [len(table) for table in chosen(archive, where=where, best=3)] == [0, 0]
