"""Serving: page, API and what machines watch, in one process. May import every room.

Its modules are imported one by one: of them only ``server`` knows Streamlit.
"""
