"""The dashboard's entry, for Streamlit's two looks at it: as a visitor's script, and for an app to serve."""

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

if get_script_run_ctx(suppress_warning=True) is not None:
    # What the page imports must not be imported before the server runs: it would not know the components.
    from sqrt.ui.dashboard import main

    main()
else:
    from sqrt.serving.server import parts_or_exit

    app = st.App(__file__, **parts_or_exit())
