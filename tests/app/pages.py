"""One page of the dashboard, driven without a browser."""

import re

from streamlit.testing.v1 import AppTest

SESSION = "test session id"
"""What AppTest calls its only session."""
_ROUNDS = 240


def open_page(name: str) -> AppTest:
    """Return the page of a module of `sqrt.ui`, under the environment's settings; it has not run yet.

    While the session holds `elsewhere`, another page is looked at.
    """

    def script(name: str) -> None:
        from importlib import import_module

        import streamlit as st

        from sqrt.settings import load_settings

        if not st.session_state.get("elsewhere"):
            import_module(f"sqrt.ui.{name}").page(load_settings())

    return AppTest.from_function(script, default_timeout=60, args=(name,))


def score(app: AppTest) -> int | None:
    """Return the score of the photo that the page shows in full; None where it shows none."""
    found = [re.search(r'aria-label="Photo quality: (\d+) of 100, ', html.proto.body) for html in app.get("html")]
    return next((int(one[1]) for one in found if one), None)


def finish(app: AppTest, holder: str) -> AppTest:
    """Run the page until the job of what the session keeps under the name `holder` has ended."""
    for _ in range(_ROUNDS):
        assert not app.exception
        if (job := app.session_state[holder].job) is None:
            return app
        job.join(0.25)
        app.run()
    raise AssertionError("the job did not end in time")
