"""UI: the dashboard, a page a file, thin Streamlit code over the library. May import all but serving."""
