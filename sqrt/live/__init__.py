"""Live: one rater a visitor's camera, one pool for all. May import reading to rating, choosing, and monitoring."""

from sqrt.live.best import Shot
from sqrt.live.pool import LivePool
from sqrt.live.stream import LiveKnobs, LiveRater, Snapshot

__all__ = ["LiveKnobs", "LivePool", "LiveRater", "Shot", "Snapshot"]
