"""Which of many photos to keep: rated in the background, then compared, marked and taken along."""

from collections.abc import Generator, Sequence
from functools import partial

import streamlit as st

from sqrt.choosing.compare import Progress, ranked, rate_all
from sqrt.choosing.keepers import Keeper
from sqrt.choosing.shots import Shot
from sqrt.monitoring import analysed
from sqrt.rating import Rater, Rating
from sqrt.reading import EXTENSIONS, Photo, load_photo
from sqrt.settings import Settings
from sqrt.showing.reports import Report, marked_up
from sqrt.ui.arrivals import Arrivals
from sqrt.ui.cards import show_cards, show_newest
from sqrt.ui.decisions import Decision
from sqrt.ui.engines import rater_or_sentence
from sqrt.ui.gallery import Gallery
from sqrt.ui.job import Job, watch
from sqrt.ui.light_table import light_table
from sqrt.ui.numbers import show_pair, show_table
from sqrt.ui.originals import Originals
from sqrt.ui.purpose import choose_purpose, held_to
from sqrt.ui.taking import offer_keepers
from sqrt.ui.uploads import Waiting
from sqrt.ui.widgets import beside_others, lasting, offer_reports, show_advice

_GALLERY = "gallery"
_VIEW = "compare view"
_SIDE_BY_SIDE = "Side by side"
_ALL = "all"
_REFUSED = 10  # are named one by one


def page(settings: Settings) -> None:
    """Draw the page."""
    settings = choose_purpose(settings)
    if _GALLERY not in st.session_state:
        # What comes in has the other half of what a visitor may have, and a quarter of it is enough to be at work.
        held_mb = min(settings.max_originals_mb, settings.max_visitor_mb // 2)
        coming = Arrivals(settings.max_visitor_mb * 2**20 // 8)
        st.session_state[_GALLERY] = Gallery(Originals(held_mb * 2**20), coming)
    gallery: Gallery = st.session_state[_GALLERY]
    if (job := gallery.job) and not job.running:
        gallery.settle(job, f"No more than {settings.max_photos} photos are compared at a time.")
        job.refusal()
    gallery.arrivals.shown = True
    _ask(gallery, held_to(settings, gallery.shots))
    if gallery.job is not None:
        watch(gallery.job, partial(_show_progress, gallery))
        return
    if gallery.incomplete:
        # Which they are, and whether they are among those that came afterwards, nobody knows.
        st.warning(f"{gallery.incomplete} Drop again what is missing here.", icon=":material/cloud_off:")
    _name_refused(gallery.refused)
    if gallery.shots:
        _show(gallery)
    elif not gallery.refused:
        st.info(
            "Drop all the selfies of a shoot: they are rated, and almost equal ones are laid side by side, the best "
            "first. You mark what to keep.",
            icon=":material/burst_mode:",
        )


def leave() -> None:
    """Take note that another page is looked at: what is uploaded now is not for this one."""
    if _GALLERY in st.session_state:
        st.session_state[_GALLERY].arrivals.shown = False


def _name_refused(refused: Sequence[tuple[str, str]]) -> None:
    for name, why in refused[:_REFUSED]:
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            st.badge("Not rated", icon=":material/error:", color="red")
            st.text(name)  # never Markdown: the name is the visitor's
            st.write(why)
    if more := len(refused[_REFUSED:]):
        st.caption(f"And {more} more.")


def _ask(gallery: Gallery, settings: Settings) -> None:
    intake, arrivals = gallery.intake, gallery.arrivals
    # Not renewed: the others of the same drop may still be on their way.
    intake.show_notice(renew=False)
    files = st.file_uploader(
        f"Drop up to {settings.max_photos} photos here",
        type=EXTENSIONS,
        accept_multiple_files=True,
        max_upload_size=settings.max_file_mb,
        key=intake.key,
        on_change=gallery.hear_all_sent,
    )
    if gallery.job is None:
        arrivals.room = settings.max_photos - len(gallery.shots) - len(arrivals.queue)
    for file in files:
        arrivals.take(file.file_id, file.name, partial(Waiting.of, file))
    _begin(gallery, settings)
    if gallery.all_sent:
        gallery.all_sent = False
        gallery.incomplete = intake.notice or gallery.incomplete
        arrivals.all_told()
        intake.renew()
        st.rerun()


def _begin(gallery: Gallery, settings: Settings) -> None:
    """Let work begin on what has arrived, unless it is under way."""
    if gallery.job is not None or not (gallery.arrivals.queue or gallery.arrivals.left_out):
        return
    engine = rater_or_sentence(settings)
    if engine is None:
        return
    gallery.begin(lambda: Job(_steps(gallery.arrivals, engine, gallery.originals)), engine)


def _steps(arrivals: Arrivals, engine: Rater, originals: Originals) -> Generator[Progress]:
    def examine(data: bytes) -> tuple[Photo, Rating]:
        return analysed("upload", partial(engine.examine, data))

    ended = False
    try:
        workers = engine.settings.engine_pool_size
        yield from rate_all(arrivals.queue, examine, workers, originals.offer, arrivals.may_come)
        ended = True
    finally:
        if not ended:  # what comes afterwards has its own turn
            arrivals.forget()


def _show_progress(gallery: Gallery, progress: Progress | None) -> None:
    others = beside_others(gallery.rater)
    if progress is None:
        st.progress(0.0, f"Reading your photos{others}")
        return
    done, coming = len(progress.shots) + len(progress.refused), gallery.arrivals.on_their_way
    total = progress.total + coming
    left = f"about {progress.remaining_s:.0f} s left" if progress.remaining_s >= 1 else "almost done"
    if coming:
        left = f"{coming} still to arrive"
    st.progress(done / total, f"{done} of {total} rated, {left}{others}")
    show_newest(ranked([*gallery.shots, *progress.shots]))


def _show(gallery: Gallery) -> None:
    wanted = _decide_for_all(gallery)
    closer, cards, table, pair = st.tabs(
        [_SIDE_BY_SIDE, "Best first", "Table", "Differences"], key=lasting(_VIEW), on_change="rerun"
    )
    # What is not looked at is not drawn: it would cost the time and the memory of its pictures.
    if closer.open:
        with closer:
            light_table(gallery, wanted)
    if cards.open:
        with cards:
            show_cards(gallery, wanted, _VIEW, _SIDE_BY_SIDE)
    if table.open:
        with table:
            show_table(gallery, wanted)
    if pair.open:
        with pair:
            show_pair(gallery)
    best = gallery.shots[gallery.ranking.order[0]]
    with st.expander("What would still improve the best one", icon=":material/lightbulb:"):
        show_advice(best.rating.advice)
    _take_along(gallery)


def _decide_for_all(gallery: Gallery) -> Decision | None:
    """Draw the marks' numbers and what changes many; return the mark to which the view is narrowed."""
    decisions, places = gallery.decisions, range(len(gallery.shots))
    with st.container(horizontal=True, vertical_alignment="center"):
        wanted = st.segmented_control(
            "Show",
            [_ALL, *Decision],
            default=_ALL,
            required=True,
            format_func=str.capitalize,
            key="wanted",
            label_visibility="collapsed",
            persist_state="session",
        )
        st.button(
            "Keep the best of each group",
            icon=":material/done_all:",
            help="Whatever is still undecided is rejected. What you kept or rejected stays as it is.",
            on_click=decisions.keep_the_best,
            args=(places,),
        )
        st.button("Decide anew", icon=":material/undo:", help="Go back to what is proposed.", on_click=decisions.forget)
    keep, undecided, reject = (len(decisions.among(places, one)) for one in Decision)
    st.caption(
        f"{len(places)} photos: {keep} to keep, {undecided} undecided, {reject} to reject. "
        "Of each group the best is proposed to be kept."
    )
    return None if wanted == _ALL else Decision(wanted)


def _take_along(gallery: Gallery) -> None:
    held, count = len(gallery.originals), len(gallery.shots)
    if held < count:
        most = gallery.originals.most_bytes // 2**20
        st.caption(
            f"The files of {held} of {count} photos are held ({most} MB at most): "
            "the others can be looked at, not downloaded."
        )
    kept = gallery.kept()
    offer_keepers(partial(_keepers, kept), len(kept), sum(len(data) for _, data in kept))
    with st.container(horizontal=True):
        offer_reports(lambda: [_report(gallery, place) for place in gallery.ranking.order])
        if st.button("Start over", icon=":material/delete:", help="Forget these photos."):
            gallery.forget()
            del st.session_state[_GALLERY]
            st.rerun()


def _keepers(kept: Sequence[tuple[Shot, bytes]]) -> list[Keeper]:
    return [Keeper(shot.name, data, shot.rating) for shot, data in kept]


def _report(gallery: Gallery, place: int) -> Report:
    shot = gallery.shots[place]
    preview = Photo(load_photo(shot.preview).pixels, shot.rating.size_wh)
    return Report.of(shot.name, shot.rating, marked_up(preview, shot.rating), gallery.decisions[place])
