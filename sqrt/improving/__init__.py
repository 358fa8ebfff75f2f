"""Improving: a better picture made of the photo itself. May import reading to rating."""

from sqrt.improving.framing import cut, suggest_crop

__all__ = ["cut", "suggest_crop"]
