"""The archive's page: what its parts tell, and the photos that they name, as long as these are there."""

import io
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from sqrt.archiving import schema
from sqrt.archiving.thumbnails import thumbnail
from sqrt.rating import Rater
from sqrt.settings import Settings
from sqrt.ui import archive as page
from tests.app.pages import open_page
from tests.archiving.parts import AT, row, write

ROOT = Path(__file__).parents[2]
REFUSED = "This file is not a photo that can be read."


@pytest.fixture(scope="module")
def rater(model_path) -> Rater:
    return Rater(Settings.model_construct(face_model_path=model_path))


@pytest.fixture
def photos(tmp_path, astronaut) -> list[str]:
    """Three shots, lighter and lighter, in a folder."""
    folder = tmp_path / "photos"
    folder.mkdir()
    for number, divisor in enumerate((6, 3, 1)):
        Image.fromarray(astronaut // divisor).save(folder / f"{number} *shot*.jpg", quality=95)
    return [str(path) for path in sorted(folder.iterdir())]


@pytest.fixture
def parts(tmp_path, photos, rater):
    """The folder of an archive of these photos and of what is none, rated for real."""
    rows = [schema.row(one, 1, "1", rater.rate(one), rater.engine, AT) for one in photos]
    return write(tmp_path / "archive", rows, [row("/photos/notes.txt", refused=REFUSED)])


@pytest.fixture
def app(parts, monkeypatch) -> AppTest:
    monkeypatch.setenv("ARCHIVE_PATH", str(parts))
    return open_page("archive").run()


def figures(app: AppTest) -> dict[str, str]:
    assert not app.exception
    return {metric.label: metric.value for metric in app.metric}


def names(app: AppTest) -> list[str]:
    return [text.value for text in app.text if text.value.endswith(".jpg")]


def ask(
    app: AppTest, *, score: str | None = None, points=None, text: str | None = None, worst: bool = False
) -> AppTest:
    if score is not None:
        app.selectbox(key="archive score").set_value(score)
    if points is not None:
        app.slider(key="archive points").set_value(points)
    if text is not None:
        app.text_input(key="archive filter").set_value(text)
    if worst:
        app.segmented_control(key="archive order").set_value("Worst first")
    return app.run()


def test_the_best_are_shown_with_their_scores(app, photos, rater):
    ratings = [rater.rate(one) for one in photos]
    best = sorted(zip(ratings, photos, strict=True), key=lambda one: -one[0].overall)
    mean = np.mean([one.overall for one in ratings])
    assert figures(app) == {"Photos": "4", "Rated": "3", "Refused": "1", "On average": f"{mean:.1f} / 100"}
    assert names(app) == [one.rpartition("/")[2] for _, one in best]
    assert len(app.image) == 3
    assert [text.value for text in app.text if REFUSED in text.value] == [f"1: {REFUSED}"]
    assert any(f"**{best[0][0].overall:.0f}** · " in text.value for text in app.markdown)
    ask(app, worst=True)
    assert names(app) == [one.rpartition("/")[2] for _, one in reversed(best)]


def test_the_distribution_is_of_the_score_that_is_asked_for(app, photos, rater):
    def bars(app):
        (chart,) = app.get("vega_lite_chart")
        rows = pa.ipc.open_stream(chart.proto.data.data).read_all().to_pylist()
        return {one["from"]: one["count"] for one in rows if one["count"]}

    def expected(scores):
        low = [min(int(score // 5), 19) * 5 for score in scores]
        return {one: low.count(one) for one in low}

    ratings = [rater.rate(one) for one in photos]
    assert bars(app) == expected([one.overall for one in ratings])
    ask(app, score="lighting")
    assert bars(app) == expected([one.scores["lighting"] for one in ratings])


def test_points_and_a_filter_narrow_what_is_shown(app, photos, rater):
    darkest, *others = sorted(photos, key=lambda one: rater.rate(one).scores["lighting"])
    limit = int(rater.rate(darkest).scores["lighting"]) + 1
    ask(app, score="lighting", points=(limit, 100))
    assert sorted(names(app)) == sorted(one.rpartition("/")[2] for one in others)
    assert "Of 4 photos in the archive." in [caption.value for caption in app.caption]
    ask(app, score="overall", points=(0, 100), text=f"lighting < {limit} OR refused IS NOT NULL")
    assert names(app) == [darkest.rpartition("/")[2]]
    assert figures(app)["Refused"] == "1"
    ask(app, text="faces > 100")
    assert names(app) == []
    assert len(app.image) == 0
    assert app.info[0].value == "No photo that is asked for has this score."


def test_a_filter_that_cannot_be_read_is_one_sentence_and_the_next_is_heeded(app):
    ask(app, text="*faces* = 1")
    assert [text.value for text in app.text] == [
        "The filter, at character 1: expected a column, a value or a comparison, found *."
    ]
    assert not app.metric
    ask(app, text="faces >= 0")
    assert figures(app)["Photos"] == "3"


def test_a_photo_that_is_gone_or_is_none_any_more_has_a_sentence_in_its_place(parts, photos, monkeypatch):
    Path(photos[0]).unlink()
    Path(photos[1]).write_text("no photo")
    monkeypatch.setenv("ARCHIVE_PATH", str(parts))
    app = open_page("archive").run()
    assert len(names(app)) == 3
    assert len(app.image) == 1
    assert [one.value for one in app.caption].count("This photo is gone, or cannot be read.") == 2


def test_a_photo_of_an_object_store_is_read_from_there(tmp_path, astronaut, rater, monkeypatch):
    fsspec = pytest.importorskip("fsspec", reason="the extra 'archive' is not installed")
    file = io.BytesIO()
    Image.fromarray(astronaut).save(file, "JPEG")
    fsspec.filesystem("memory").pipe_file("/bucket/portrait.jpg", file.getvalue())
    rating = rater.rate(file.getvalue())
    rows = [schema.row(f"memory://bucket/{name}.jpg", 1, "1", rating, "", AT) for name in ("portrait", "gone")]
    monkeypatch.setenv("ARCHIVE_PATH", str(write(tmp_path / "archive", rows)))
    app = open_page("archive").run()
    assert not app.exception
    assert names(app) == ["gone.jpg", "portrait.jpg"]
    assert len(app.image) == 1
    assert "This photo is gone, or cannot be read." in [one.value for one in app.caption]


def test_so_many_photos_are_read_at_once_and_no_more(tmp_path, photos, monkeypatch):
    rows = [row(photos[number % 3] if number == 0 else f"{number}.jpg", 100 - number) for number in range(100)]
    monkeypatch.setenv("ARCHIVE_PATH", str(write(tmp_path / "archive", rows)))
    read = []
    monkeypatch.setattr(
        page, "thumbnail", lambda address, settings: read.append(address) or thumbnail(address, settings)
    )
    app = open_page("archive").run()
    assert len(names(app)) == len(read) == page.CARDS
    app.run()
    assert read.count(photos[0]) == 1  # what is seen is held for the next run
    assert set(app.session_state["archive thumbnails"]) == {photos[0]}


def test_no_photo_is_read_that_no_row_names(parts, photos, monkeypatch, tmp_path):
    monkeypatch.setenv("ARCHIVE_PATH", str(parts))
    read = []
    monkeypatch.setattr(
        page, "thumbnail", lambda address, settings: read.append(address) or thumbnail(address, settings)
    )
    app = open_page("archive").run()
    Path(tmp_path / "photos" / "another.jpg").write_bytes(Path(photos[0]).read_bytes())
    for asked in (f"address = '{tmp_path}/photos/another.jpg'", f"address in ('{photos[0]}', '{__file__}')"):
        ask(app, text=asked)
        assert not app.exception
    assert set(read) <= set(photos)


def test_an_archive_that_grows_is_read_anew(app, parts):
    write(parts, [row("/photos/late.jpg", 99)], first=7)
    page._listed.clear()  # what the clock does
    assert names(app.run())[0] == "late.jpg"


@pytest.mark.parametrize(
    ("there", "sentence"), [(True, "There are no results of an archive here."), (False, "There is no archive here.")]
)
def test_what_is_no_archive_is_one_sentence(tmp_path, monkeypatch, there, sentence):
    folder = tmp_path / "nothing"
    if there:
        folder.mkdir()
    monkeypatch.setenv("ARCHIVE_PATH", str(folder))
    app = open_page("archive").run()
    assert not app.exception
    assert [text.value for text in app.text] == [sentence]


@pytest.mark.parametrize("path", ["", "archive"])
def test_the_way_to_it_is_there_only_where_an_archive_is_named(parts, model_path, monkeypatch, path):
    monkeypatch.setenv("FACE_MODEL_PATH", str(model_path))
    monkeypatch.setenv("ARCHIVE_PATH", str(parts) if path else "")
    app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=60).run()
    assert not app.exception
    links = [link.proto.label for link in app.get("page_link")]
    assert ("Archive" in links) == bool(path)
    assert {"Photo", "Compare", "Clip", "Live camera"} <= set(links)
