"""The dashboard: page config, sidebar, navigation; no computation."""

from pathlib import Path

import streamlit as st

from sqrt import logs
from sqrt.errors import SettingsError
from sqrt.settings import Settings, answer_former_names, load_settings
from sqrt.ui import clip, compare, live, photos, status
from sqrt.ui.engines import show_model
from sqrt.ui.first_sight import show_way
from sqrt.ui.forget import keep_uploads_off_the_disk
from sqrt.ui.language import _
from sqrt.ui.offers import of_this_run
from sqrt.ui.sidebar import knobs, share

_STYLE = Path(__file__).with_name("page.css")


def main() -> None:
    """Draw the dashboard."""
    st.set_page_config("SQRT · Selfie Quality Rater", "📷", layout="wide", initial_sidebar_state="collapsed")
    try:
        settings = load_settings()
    except SettingsError as error:
        st.error(_(error.user_message))
        st.stop()
    logs.configure(settings.log_level, settings.log_file)
    answer_former_names()
    keep_uploads_off_the_disk()
    # Details of unexpected errors are for those who develop; others see one sentence.
    st.set_option("client.showErrorDetails", "full" if settings.app_env == "development" else "none")
    photo_page = st.Page(lambda: photos.page(chosen, show_others), title=_("Photo"), url_path="photo", default=True)
    compare_page = st.Page(lambda: compare.page(chosen), title=_("Compare"), url_path="compare")
    clip_page = st.Page(lambda: clip.page(chosen), title=_("Clip"), url_path="clip")
    live_page = st.Page(lambda: live.page(chosen), title=_("Live camera"), url_path="live")
    archive_page = st.Page(lambda: _show_archive(chosen), title=_("Archive"), url_path="archive")
    status_page = st.Page(lambda: status.page(chosen), title=_("Status"), url_path="status")

    def show_others() -> None:
        show_way(compare_page, ":material/compare:", _("Compare many photos"), _("Which to keep of a whole shoot."))
        show_way(clip_page, ":material/movie:", _("Find a clip's best moments"), _("Three pictures to keep."))
        show_way(live_page, ":material/videocam:", _("Get tips live"), _("What to change, while you pose."))

    # The links stand on the page: on a phone Streamlit's own would hide in the sidebar.
    ways = {
        photo_page: ":material/image:",
        compare_page: ":material/compare:",
        clip_page: ":material/movie:",
        live_page: ":material/videocam:",
    }
    if settings.archive_path:
        ways[archive_page] = ":material/photo_library:"
    page = st.navigation([*ways, status_page], position="hidden")
    if page is not live_page:
        live.leave()
    if page is not compare_page:
        compare.leave()
    st.html(_STYLE)
    with st.container(key="title"):
        st.title("Selfie Quality Rater", anchor=False)
    with st.container(horizontal=True, key="pages"):
        for way, icon in ways.items():
            st.page_link(way, icon=icon)
    chosen = knobs(settings)
    share(settings)
    # For who runs the server: visitors need not see it.
    st.sidebar.page_link(status_page, icon=":material/monitor_heart:")
    show_model(chosen)
    with of_this_run():
        page.run()


def _show_archive(settings: Settings) -> None:
    from sqrt.ui import archive  # loads what reads it, which takes room on servers that have none

    archive.page(settings)
