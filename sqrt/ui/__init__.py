"""The dashboard: thin Streamlit code over the library."""
