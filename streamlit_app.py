"""The dashboard's entry: page, sidebar, navigation; no computation."""

import streamlit as st

from sqrt import logs
from sqrt.errors import SettingsError
from sqrt.settings import answer_former_names, load_settings
from sqrt.ui.engines import show_model
from sqrt.ui.forget import keep_uploads_off_the_disk
from sqrt.ui.photos import page
from sqrt.ui.sidebar import knobs, share


def main() -> None:
    """Draw the dashboard."""
    st.set_page_config("SQRT · Selfie Quality Rater", "📷", layout="wide")
    try:
        settings = load_settings()
    except SettingsError as error:
        st.error(error.user_message)
        st.stop()
    logs.configure(settings.log_level, settings.log_file)
    answer_former_names()
    keep_uploads_off_the_disk()
    # Details of unexpected errors are for those who develop; others see one sentence.
    st.set_option("client.showErrorDetails", "full" if settings.app_env == "development" else "none")
    st.title("Selfie Quality Rater", anchor=False)
    chosen = knobs(settings)
    share(settings)
    show_model(chosen)
    page(chosen)


main()
