"""The dashboard: page config, sidebar, navigation; no computation."""

import streamlit as st

from sqrt import logs
from sqrt.errors import SettingsError
from sqrt.settings import answer_former_names, load_settings
from sqrt.ui import clip, compare, live, photos, status
from sqrt.ui.engines import show_model
from sqrt.ui.forget import keep_uploads_off_the_disk
from sqrt.ui.offers import of_this_run
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
    photo_page = st.Page(lambda: photos.page(chosen), title="Photo", url_path="photo", default=True)
    compare_page = st.Page(lambda: compare.page(chosen), title="Compare", url_path="compare")
    clip_page = st.Page(lambda: clip.page(chosen), title="Clip", url_path="clip")
    live_page = st.Page(lambda: live.page(chosen), title="Live camera", url_path="live")
    status_page = st.Page(lambda: status.page(chosen), title="Status", url_path="status")
    # The links stand on the page: on a phone Streamlit's own would hide in the sidebar.
    page = st.navigation([photo_page, compare_page, clip_page, live_page, status_page], position="hidden")
    if page is not live_page:
        live.leave()
    if page is not compare_page:
        compare.leave()
    st.title("Selfie Quality Rater", anchor=False)
    with st.container(horizontal=True):
        st.page_link(photo_page, icon=":material/image:")
        st.page_link(compare_page, icon=":material/compare:")
        st.page_link(clip_page, icon=":material/movie:")
        st.page_link(live_page, icon=":material/videocam:")
        st.page_link(status_page, icon=":material/monitor_heart:")
    chosen = knobs(settings)
    share(settings)
    show_model(chosen)
    with of_this_run():
        page.run()
