"""Photos of one scene side by side, in the browser: one pinned, walked past it, kept or rejected at a stroke."""

from pathlib import Path
from typing import Any

import streamlit as st
from pydantic import BaseModel, NonNegativeInt, ValidationError

from sqrt.rating import band
from sqrt.ui.decisions import Decision
from sqrt.ui.gallery import Gallery, Scene
from sqrt.ui.language import _
from sqrt.ui.pictures import address_of_picture
from sqrt.words import N_

_KEY = "light table"
# What the browser says, with values that it knows in braces.
_WORDS = {
    "before": N_("Previous group"),
    "after": N_("Next group"),
    "walk": N_("Walk"),
    "back": N_("Previous photo"),
    "on": N_("Next photo"),
    "look": N_("Look"),
    "pin": N_("Pin"),
    "faces": N_("Faces"),
    "decide": N_("Decide"),
    "keys": N_("Keys"),
    "hint": N_("← → walk, K keep, U undecided, X reject, P pin on the left, F faces or whole photos"),
    "decided": N_("{mark}: number {number}"),
    "looked_at": N_("Number {number}: {score}, {word}, {mark}. {reason}"),
    "pinned": N_("Number {number} is pinned"),
    "none": N_("Nothing here has the mark “{mark}” any more."),
    "title": N_("{number}. {score} · {word}"),
    "pinned_title": N_("Pinned: {number}. {score} · {word}"),
    "alt": N_("number {number}"),
    "pinned_alt": N_("Pinned: number {number}"),
    **{decision.value: decision.label for decision in Decision},
}


def _part(suffix: str) -> str:
    return Path(__file__).with_suffix(suffix).read_text(encoding="utf-8")


_table = st.components.v2.component("sqrt_light_table", html=_part(".html"), css=_part(".css"), js=_part(".js"))


class _Told(BaseModel):
    """What the browser tells: decisions that it has made and does not know to have arrived."""

    revision: NonNegativeInt
    made: dict[int, Decision]


def light_table(gallery: Gallery, wanted: Decision | None) -> None:
    """Draw the scene that the gallery is turned to, of it the shots with the `wanted` decision; None wants all."""

    def scenes_with_some(numbers: range) -> int | None:
        return next((one for one in numbers if gallery.decisions.among(gallery.scenes[one].places, wanted)), None)

    scene = gallery.scenes[gallery.scene]
    _table(
        key=_KEY,
        data={
            "revision": gallery.revision,
            "words": {name: _(text) for name, text in _WORDS.items()},
            "title": _(scene.title),
            "before": scenes_with_some(range(gallery.scene - 1, -1, -1)),
            "after": scenes_with_some(range(gallery.scene + 1, len(gallery.scenes))),
            "wanted": wanted,
            "show": gallery.shown,
            "shots": [*_shots(gallery, scene)],
        },
        on_told_change=lambda: hear(gallery, st.session_state[_KEY]["told"]),
        on_turn_change=lambda: turn(gallery, st.session_state[_KEY]["turn"]),
    )


def hear(gallery: Gallery, told: object) -> None:
    """Take over what the browser tells of decisions; what the page's own script cannot have told is ignored."""
    try:
        one = _Told.model_validate(told)
    except ValidationError:
        return
    if one.revision > gallery.revision:
        gallery.revision = one.revision
        gallery.decisions.make({place: one.made[place] for place in one.made if 0 <= place < len(gallery.shots)})


def turn(gallery: Gallery, number: object) -> None:
    """Turn to the scene of a number that the browser tells, if there is one."""
    if isinstance(number, int) and 0 <= number < len(gallery.scenes):
        gallery.scene, gallery.shown = number, None


def _shots(gallery: Gallery, scene: Scene) -> list[dict[str, Any]]:
    reasons = gallery.reasons(scene)
    rows = []
    for number, place in enumerate(scene.places, scene.first):
        shot = gallery.shots[place]
        overall = shot.rating.overall
        rows.append(
            {
                "place": place,
                "number": number,
                "name": shot.name,
                "score": f"{overall:.0f}",
                "word": _(band(overall)),
                "reason": _(reasons[place]),
                "decision": gallery.decisions[place],
                "whole": address_of_picture(shot.preview, f"{_KEY} whole {number}"),
                "face": address_of_picture(shot.close_up, f"{_KEY} face {number}") if shot.close_up else None,
            }
        )
    return rows
