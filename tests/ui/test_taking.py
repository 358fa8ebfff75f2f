"""The keepers' download, drawn without a browser."""

import re
import zipfile
from io import BytesIO

from streamlit.testing.v1 import AppTest

from sqrt.ui.offers import offered


def page() -> None:
    import streamlit as st

    from sqrt.choosing.keepers import Keeper
    from sqrt.rating import Rating
    from sqrt.ui.offers import of_this_run
    from sqrt.ui.taking import offer_keepers

    rating = Rating(80, {}, {}, {}, [], [], (400, 300), "landmarks")
    with of_this_run():
        count = st.number_input("Photos", 0, value=3)
        offer_keepers(lambda: [Keeper(f"{n}.jpg", b"\xff\xd8", rating) for n in range(count)], count, count * 700_000)


def link(app: AppTest) -> tuple[str, str]:
    """Return the address of the download and its words."""
    (html,) = app.get("html")
    return re.fullmatch(r'<a href="/download/(\S+)" download style="[^"]*">(.*)</a>', html.proto.body).groups()


def names(token: str) -> list[str]:
    return zipfile.ZipFile(BytesIO(b"".join(offered(token).make()))).namelist()


def test_the_link_says_what_comes_and_stays_where_it_is():
    app = AppTest.from_function(page).run()
    token, words = link(app)
    assert words == "Download 3 photos (2.0 MB)"
    assert names(token) == ["0.jpg", "1.jpg", "2.jpg"]
    app.number_input[0].set_value(1).run()
    assert link(app) == (token, "Download 1 photo (0.7 MB)")
    assert names(token) == ["0.jpg"]
    app.number_input[0].set_value(40).run()
    assert link(app) == (token, "Download 40 photos (27 MB)")
    assert not app.exception


def test_the_switches_change_what_comes():
    app = AppTest.from_function(page).run()
    token, _ = link(app)
    nowhere, rated = app.toggle
    assert (nowhere.label, rated.label) == ("Without location", "With ratings for photo software (XMP)")
    rated.set_value(True).run()
    assert names(token)[:2] == ["0.jpg", "0.jpg.xmp"]
    app.toggle[0].set_value(True).run()
    assert link(app)[0] == token


def test_what_is_not_offered_any_more_is_gone():
    app = AppTest.from_function(page).run()
    token, _ = link(app)
    app.number_input[0].set_value(0).run()
    assert not app.get("html")
    assert not app.toggle
    assert offered(token) is None
