"""Improving: a better picture made of the photo itself. May import reading to rating."""

from sqrt.improving.framing import Crop, cut, suggest_crop

__all__ = ["Crop", "cut", "suggest_crop"]
