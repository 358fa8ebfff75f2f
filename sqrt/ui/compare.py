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
from sqrt.ui.language import _
from sqrt.ui.light_table import light_table
from sqrt.ui.numbers import show_pair, show_table
from sqrt.ui.originals import Originals
from sqrt.ui.purpose import choose_purpose, held_to
from sqrt.ui.taking import offer_keepers
from sqrt.ui.uploads import Waiting
from sqrt.ui.widgets import beside_others, lasting, offer_reports, show_advice
from sqrt.words import N_, Text

_GALLERY = "gallery"
_VIEW = "compare view"
_VIEWS = (N_("Side by side"), N_("Best first"), N_("Table"), N_("Differences"))
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
        gallery.settle(job, Text("No more than {most} photos are compared at a time.", most=settings.max_photos))
        job.refusal()
    gallery.arrivals.shown = True
    _ask(gallery, held_to(settings, gallery.shots))
    if gallery.job is not None:
        watch(gallery.job, partial(_show_progress, gallery))
        return
    if gallery.incomplete:
        # Which they are, and whether they are among those that came afterwards, nobody knows.
        told = _("{notice} Drop again what is missing here.", notice=_(gallery.incomplete))
        st.warning(told, icon=":material/cloud_off:")
    _name_refused(gallery.refused)
    if gallery.shots:
        _show(gallery)
    elif not gallery.refused:
        st.info(
            _(
                "Drop all the selfies of a shoot: they are rated, and almost equal ones are laid side by side, the "
                "best first. You mark what to keep."
            ),
            icon=":material/burst_mode:",
        )


def leave() -> None:
    """Take note that another page is looked at: what is uploaded now is not for this one."""
    if _GALLERY in st.session_state:
        st.session_state[_GALLERY].arrivals.shown = False


def _name_refused(refused: Sequence[tuple[str, str]]) -> None:
    for name, why in refused[:_REFUSED]:
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            st.badge(_("Not rated"), icon=":material/error:", color="red")
            st.text(name)  # never Markdown: the name is the visitor's
            st.write(_(why))
    if more := len(refused[_REFUSED:]):
        st.caption(_("And {count} more.", count=more))


def _ask(gallery: Gallery, settings: Settings) -> None:
    intake, arrivals = gallery.intake, gallery.arrivals
    # Not renewed: the others of the same drop may still be on their way.
    intake.show_notice(renew=False)
    files = st.file_uploader(
        _("Drop up to {most} photos here", most=settings.max_photos),
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
        st.progress(0.0, _("Reading your photos{others}", others=others))
        return
    done, coming = len(progress.shots) + len(progress.refused), gallery.arrivals.on_their_way
    total = progress.total + coming
    if coming:
        left = _("{count} still to arrive", count=coming)
    elif progress.remaining_s >= 1:
        left = _("about {seconds:.0f} s left", seconds=progress.remaining_s)
    else:
        left = _("almost done")
    words = _("{count} of {total} rated, {left}{others}", count=done, total=total, left=left, others=others)
    st.progress(done / total, words)
    show_newest(ranked([*gallery.shots, *progress.shots]))


def _show(gallery: Gallery) -> None:
    wanted = _decide_for_all(gallery)
    labels = [_(label) for label in _VIEWS]
    closer, cards, table, pair = st.tabs(labels, key=lasting(_VIEW), on_change="rerun")
    # What is not looked at is not drawn: it would cost the time and the memory of its pictures.
    if closer.open:
        with closer:
            light_table(gallery, wanted)
    if cards.open:
        with cards:
            show_cards(gallery, wanted, view=_VIEW, closer=labels[0])
    if table.open:
        with table:
            show_table(gallery, wanted)
    if pair.open:
        with pair:
            show_pair(gallery)
    best = gallery.shots[gallery.ranking.order[0]]
    with st.expander(_("What would still improve the best one"), icon=":material/lightbulb:"):
        show_advice(best.rating.advice)
    _take_along(gallery)


def _decide_for_all(gallery: Gallery) -> Decision | None:
    """Draw the marks' numbers and what changes many; return the mark to which the view is narrowed."""
    decisions, places = gallery.decisions, range(len(gallery.shots))
    with st.container(horizontal=True, vertical_alignment="center"):
        wanted = st.segmented_control(
            _("Show"),
            [_ALL, *Decision],
            default=_ALL,
            required=True,
            format_func=lambda one: _("All") if one == _ALL else _(Decision(one).label),
            key="wanted",
            label_visibility="collapsed",
            persist_state="session",
        )
        st.button(
            _("Keep the best of each group"),
            icon=":material/done_all:",
            help=_("Whatever is still undecided is rejected. What you kept or rejected stays as it is."),
            on_click=decisions.keep_the_best,
            args=(places,),
        )
        st.button(
            _("Decide anew"),
            icon=":material/undo:",
            help=_("Go back to what is proposed."),
            on_click=decisions.forget,
        )
    keep, undecided, reject = (len(decisions.among(places, one)) for one in Decision)
    st.caption(
        _(
            "{count} photos: {keep} to keep, {undecided} undecided, {reject} to reject. "
            "Of each group the best is proposed to be kept.",
            count=len(places),
            keep=keep,
            undecided=undecided,
            reject=reject,
        )
    )
    return None if wanted == _ALL else Decision(wanted)


def _take_along(gallery: Gallery) -> None:
    held, count = len(gallery.originals), len(gallery.shots)
    if held < count:
        st.caption(
            _(
                "The files of {held} of {count} photos are held ({most} MB at most): "
                "the others can be looked at, not downloaded.",
                held=held,
                count=count,
                most=gallery.originals.most_bytes // 2**20,
            )
        )
    kept = gallery.kept()
    offer_keepers(partial(_keepers, kept), len(kept), sum(len(data) for _shot, data in kept))
    with st.container(horizontal=True):
        offer_reports(lambda: [_report(gallery, place) for place in gallery.ranking.order])
        if st.button(_("Start over"), icon=":material/delete:", help=_("Forget these photos.")):
            gallery.forget()
            del st.session_state[_GALLERY]
            st.rerun()


def _keepers(kept: Sequence[tuple[Shot, bytes]]) -> list[Keeper]:
    return [Keeper(shot.name, data, shot.rating) for shot, data in kept]


def _report(gallery: Gallery, place: int) -> Report:
    shot = gallery.shots[place]
    preview = Photo(load_photo(shot.preview).pixels, shot.rating.size_wh)
    return Report.of(shot.name, shot.rating, marked_up(preview, shot.rating), gallery.decisions[place])
