"""Live: one rater a stream of a camera, one pool for all. May import reading to rating, and monitoring."""

from sqrt.live.best import Shot
from sqrt.live.pool import LivePool
from sqrt.live.stream import LiveKnobs, LiveRater, Snapshot

__all__ = ["LiveKnobs", "LivePool", "LiveRater", "Shot", "Snapshot"]
