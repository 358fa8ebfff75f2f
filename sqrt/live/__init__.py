"""The live camera: one `LiveRater` a stream, one `LivePool` for all."""

from sqrt.live.coach import Coach
from sqrt.live.pool import LivePool
from sqrt.live.stream import LiveKnobs, LiveRater, Shot, Snapshot

__all__ = ["Coach", "LiveKnobs", "LivePool", "LiveRater", "Shot", "Snapshot"]
