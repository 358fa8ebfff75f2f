"""The ordered registry of all metrics; each has its own file."""

from sqrt.metrics.background import BACKGROUND
from sqrt.metrics.base import Measured, Metric
from sqrt.metrics.color_harmony import COLOR_HARMONY
from sqrt.metrics.composition import COMPOSITION
from sqrt.metrics.compression import COMPRESSION
from sqrt.metrics.contrast import CONTRAST
from sqrt.metrics.expression import EXPRESSION
from sqrt.metrics.eye_contact import EYE_CONTACT
from sqrt.metrics.eyes_open import EYES_OPEN
from sqrt.metrics.face_lighting import FACE_LIGHTING
from sqrt.metrics.face_position import FACE_POSITION
from sqrt.metrics.face_size import FACE_SIZE
from sqrt.metrics.head_pose import HEAD_POSE
from sqrt.metrics.lighting import LIGHTING
from sqrt.metrics.lighting_time import LIGHTING_TIME
from sqrt.metrics.naturalness import NATURALNESS
from sqrt.metrics.noise import NOISE
from sqrt.metrics.resolution import RESOLUTION
from sqrt.metrics.sharpness import SHARPNESS
from sqrt.metrics.style import STYLE

__all__ = ["GROUPS", "METRICS", "Measured", "Metric"]

GROUPS = {"technical": "Technical quality", "face": "Face and framing", "style": "Colour and style"}

METRICS: dict[str, Metric] = {
    metric.key: metric
    for metric in (
        LIGHTING,
        SHARPNESS,
        CONTRAST,
        NOISE,
        COMPRESSION,
        RESOLUTION,
        BACKGROUND,
        FACE_POSITION,
        FACE_SIZE,
        FACE_LIGHTING,
        HEAD_POSE,
        EYES_OPEN,
        EYE_CONTACT,
        EXPRESSION,
        COLOR_HARMONY,
        COMPOSITION,
        NATURALNESS,
        STYLE,
        LIGHTING_TIME,
    )
}
