"""UI: the dashboard, a page a file, thin Streamlit code. May import all but serving."""
