"""Live: one rater a visitor's camera, one pool for all. May import reading to rating, choosing, and monitoring."""

from sqrt.live.best import Shot
from sqrt.live.knobs import LiveKnobs
from sqrt.live.pool import LivePool
from sqrt.live.stream import LiveRater

__all__ = ["LiveKnobs", "LivePool", "LiveRater", "Shot"]
