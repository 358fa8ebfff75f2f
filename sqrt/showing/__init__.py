"""Showing: what a rating says, as pictures, words and files. May import all rooms before it, and no page.

Its modules are imported one by one. ``batch`` stands here since what it makes of many files is a report.
"""
