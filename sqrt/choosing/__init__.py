"""Choosing: which of many photos, or of a clip's moments, to keep. May import reading to rating.

Its modules are imported one by one: a clip takes PyAV, which takes long to load.
"""
