"""Which of many photos to keep: rated in the background, best first, almost equal shots together."""

from collections.abc import Generator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial

import streamlit as st

from sqrt.choosing.compare import Progress, ranked, rate_all, reason, typical
from sqrt.choosing.ranking import rank
from sqrt.choosing.shots import Shot
from sqrt.metrics import METRICS
from sqrt.monitoring import analysed
from sqrt.rating import Rater, Rating, band
from sqrt.reading import EXTENSIONS, Photo, load_photo
from sqrt.settings import Settings
from sqrt.showing.reports import Report, marked_up
from sqrt.ui.engines import rater_or_sentence
from sqrt.ui.forget import forget_uploads
from sqrt.ui.job import Job, watch
from sqrt.ui.uploads import Intake, Waiting
from sqrt.ui.widgets import beside_others, lasting, offer_reports, show_advice, show_chart, show_overall

_GALLERY = "gallery"
_PAIR_COLOURS = ["#3875d4", "#d06a00"]  # readable on both themes' backgrounds; the marks differ in shape too
_CARD_PX = 165  # two beside each other on a phone


@dataclass
class _Gallery:
    """What a session compares; of the pictures only previews."""

    shots: list[Shot] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)
    intake: Intake = field(default_factory=lambda: Intake("photos"))
    job: Job[Progress] | None = None
    rater: Rater | None = None
    incomplete: bool = False

    def with_those_of(self, progress: Progress) -> list[Shot]:
        """Return the shots of earlier batches and of the one at work, best first."""
        return ranked([*self.shots, *progress.shots])

    def settle(self, job: Job[Progress]) -> None:
        """Take over what the batch at work has brought, once it has ended."""
        if progress := job.newest:
            self.shots = self.with_those_of(progress)
            self.refused += progress.refused
        self.job = None


def page(settings: Settings) -> None:
    """Draw the page."""
    gallery: _Gallery = st.session_state.setdefault(_GALLERY, _Gallery())
    if (job := gallery.job) and not job.running:
        gallery.settle(job)
        job.refusal()
    if gallery.job is None:
        _ask(gallery, settings)
    else:
        watch(gallery.job, partial(_show_progress, gallery))
        return
    if gallery.incomplete:
        # Whether what was cut off is among those that came afterwards, nobody knows.
        st.warning("Some uploads were cut off: drop again what is missing here.", icon=":material/cloud_off:")
    for name, why in gallery.refused:
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            st.badge("Not rated", icon=":material/error:", color="red")
            st.text(name)  # never Markdown: the name is the visitor's
            st.write(why)
    if gallery.shots:
        _show(gallery.shots)
        with st.container(horizontal=True):
            offer_reports(lambda: [_report(shot) for shot in gallery.shots])
            if st.button("Start over", icon=":material/delete:", help="Forget these photos."):
                del st.session_state[_GALLERY]
                st.rerun()
    elif not gallery.refused:
        st.info(
            "Drop all the selfies of a shoot: they are rated side by side, best first, with what sets each apart. "
            "Shots that are almost the same are put together.",
            icon=":material/burst_mode:",
        )


def _ask(gallery: _Gallery, settings: Settings) -> None:
    # Not renewed: the others of the same drop may still be on their way.
    gallery.intake.show_notice(renew=False)
    files = st.file_uploader(
        f"Drop up to {settings.max_photos} photos here",
        type=EXTENSIONS,
        accept_multiple_files=True,
        max_upload_size=settings.max_file_mb,
        key=gallery.intake.key,
    )
    if not files:
        return
    engine = rater_or_sentence(settings)
    if engine is None:
        return
    room = settings.max_photos - len(gallery.shots)
    too_many = f"No more than {settings.max_photos} photos are compared at a time."
    gallery.refused = [(file.name, too_many) for file in files[room:]]
    forget_uploads(files[room:])
    uploads = [(file.name, Waiting(file)) for file in files[:room]]
    gallery.rater, gallery.job = engine, Job(_steps(uploads, engine))
    gallery.incomplete = gallery.intake.notice is not None
    gallery.intake.renew()
    st.rerun()


def _steps(uploads: Sequence[tuple[str, Waiting]], engine: Rater) -> Generator[Progress]:
    def examine(data: bytes) -> tuple[Photo, Rating]:
        return analysed("upload", partial(engine.examine, data))

    with ExitStack() as afterwards:
        for _, upload in uploads:
            afterwards.callback(upload.forget)  # also those whose turn never came
        yield from rate_all(uploads, examine, engine.settings.engine_pool_size)


def _show_progress(gallery: _Gallery, progress: Progress | None) -> None:
    others = beside_others(gallery.rater)
    if progress is None:
        st.progress(0.0, f"Reading your photos{others}")
        return
    done = len(progress.shots) + len(progress.refused)
    left = f"about {progress.remaining_s:.0f} s left" if progress.remaining_s >= 1 else "almost done"
    st.progress(done / progress.total, f"{done} of {progress.total} rated, {left}{others}")
    _cards([[shot] for shot in gallery.with_those_of(progress)])


def _show(shots: Sequence[Shot]) -> None:
    groups = [[shots[index] for index in group] for group in rank(shots).groups]
    best = shots[0]
    usual = typical([shot.rating for shot in shots])
    picture, verdict = st.columns([3, 2], gap="large")
    with picture:
        st.image(best.preview, width="stretch", alt="The best of your photos")
    with verdict:
        st.markdown("## Keep this one")
        st.text(best.name)
        show_overall(best.rating.overall)
        if len(shots) > 1 and (why := reason(best.rating, usual)):
            st.markdown(f"Better than your others: **{why}**")
        show_advice(best.rating.advice, "What would still improve it")
    gallery, table, pair = st.tabs(
        ["Best first", "Table", "Side by side"], key=lasting("compare view"), on_change="rerun"
    )
    with gallery:
        _cards(groups)
    with table:
        _table(shots)
    with pair:
        _pair(shots)


def _report(shot: Shot) -> Report:
    preview = Photo(load_photo(shot.preview).pixels, shot.rating.size_wh)
    return Report.of(shot.name, shot.rating, marked_up(preview, shot.rating))


def _cards(groups: Sequence[Sequence[Shot]]) -> None:
    shots = [shot for group in groups for shot in group]
    usual = typical([shot.rating for shot in shots])
    rank = {id(shot): place for place, shot in enumerate(ranked(shots), 1)}

    def card(shot: Shot) -> None:
        place, overall = rank[id(shot)], shot.rating.overall
        st.image(shot.preview, width="stretch", alt=f"Number {place} of your photos")
        st.markdown(f"**{place}.** {overall:.0f} · {band(overall)}")
        if len(shots) > 1 and (why := reason(shot.rating, usual)):
            st.caption(why)
        st.text(shot.name)

    with st.container(horizontal=True):
        for best, *others in groups:
            with st.container(border=True, width=_CARD_PX, gap="xsmall"):
                card(best)
                if others:
                    with st.popover(f"{len(others)} like it", icon=":material/burst_mode:", width="stretch"):
                        for shot in others:
                            card(shot)


def _table(shots: Sequence[Shot]) -> None:
    rows: dict[str, list[object]] = {
        "Rank": [*range(1, len(shots) + 1)],
        "Photo": [shot.name for shot in shots],
        "Overall": [shot.rating.overall for shot in shots],
    }
    for key, metric in METRICS.items():
        if any(key in shot.rating.scores for shot in shots):
            rows[metric.label] = [shot.rating.scores.get(key) for shot in shots]
    bars = {
        label: st.column_config.ProgressColumn(label, min_value=0, max_value=100, format="%.0f", width="small")
        for label in [*rows][2:]
    }
    st.dataframe(rows, column_config=bars, hide_index=True, alt="All photos with their scores, 0 to 100, by metric")
    st.caption("Click a heading to sort by it.")


def _pair(shots: Sequence[Shot]) -> None:
    if len(shots) < 2:
        st.info("Drop a second photo to see what differs.", icon=":material/compare:")
        return
    names = {place: f"{place + 1}. {shot.name}" for place, shot in enumerate(shots)}
    sides = st.columns(2)
    chosen = []
    for side, title, default in zip(sides, ("First", "Second"), (0, 1), strict=True):
        with side:
            place = st.selectbox(
                title,
                [*names],
                index=default,
                format_func=names.__getitem__,
                key=f"{title} of two",
                persist_state="session",
            )
            chosen.append(shots[place])
            st.image(shots[place].preview, width="stretch", alt=f"{title} photo")
            st.markdown(f"**{shots[place].rating.overall:.0f}** · {band(shots[place].rating.overall)}")
    one, other = (shot.rating.scores for shot in chosen)
    both = sorted(one.keys() & other.keys(), key=lambda key: -abs(one[key] - other[key]))
    rows = [
        {"Metric": METRICS[key].label, "Photo": title, "Score": round(scores[key])}
        for key in both
        for title, scores in (("First", one), ("Second", other))
    ]
    axis = {"values": [0, 20, 40, 60, 80, 100]}
    score = {"field": "Score", "type": "quantitative", "scale": {"domain": [0, 102]}, "axis": axis, "title": "Score"}
    chart = {
        "data": {"values": rows},
        "encoding": {"y": {"field": "Metric", "type": "nominal", "sort": None, "title": None}},
        "layer": [
            {
                "mark": {"type": "rule", "opacity": 0.5},
                "encoding": {"x": {**score, "aggregate": "min"}, "x2": {"field": "Score", "aggregate": "max"}},
            },
            {
                "mark": {"type": "point", "filled": True, "size": 90, "opacity": 1, "tooltip": True},
                "encoding": {
                    "x": score,
                    "shape": {"field": "Photo", "type": "nominal"},
                    "color": {
                        "field": "Photo",
                        "type": "nominal",
                        "scale": {"range": _PAIR_COLOURS},
                        "legend": {"orient": "top", "title": None},
                    },
                },
            },
        ],
    }
    largest = ", ".join(f"{METRICS[key].label} {one[key]:.0f} and {other[key]:.0f}" for key in both[:3])
    show_chart(chart, f"Scores of both photos by metric, the largest difference first: {largest}")
