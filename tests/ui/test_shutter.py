"""The camera of the photo page."""

from streamlit.testing.v1 import AppTest


def page():
    import streamlit as st

    from sqrt.ui.shutter import Shutter

    shutter = Shutter(timed=True)
    shutter.listen()
    st.write(f"{shutter.take()}, {shutter.timed}")


def test_what_is_told_once_more_when_the_camera_is_gone_is_nothing():
    app = AppTest.from_function(page).run()
    assert not app.exception
    assert app.markdown[0].value == "None, True"
