"""Who in the picture counts."""

from sqrt.metrics.analysis import Analysis
from sqrt.metrics.sharpness import fine_detail

MATTERS = 0.6
"""Share of the main face's height from which another face matters; from half of that, where it is about as sharp."""
BLURRED = 1.0
"""Doublings of fine detail; a smaller face with this much less than the main one is a passer-by."""


def everyone(analysis: Analysis) -> list[tuple[int, Analysis]]:
    """Return each person who counts: the index of the face, and an analysis of it alone; the main face first.

    Who stands beside the main person counts, in focus or not; who is far behind and blurred does not.
    """
    people = [(0, analysis)]
    main_detail = fine_detail(analysis) if len(analysis.faces) > 1 else 0.0
    for index, face in enumerate(analysis.faces[1:], 1):
        size = face.box[3] / analysis.face.box[3]
        if face.landmarks is None or size < MATTERS / 2:
            continue
        alone = analysis.alone(face)
        if size >= MATTERS or fine_detail(alone) > main_detail - BLURRED:
            people.append((index, alone))
    return people
