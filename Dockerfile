FROM python:3.11-slim AS build
RUN python -m venv /venv
ENV PATH=/venv/bin:$PATH
WORKDIR /app
COPY requirements-library.txt .
COPY requirements.txt .
RUN pip install --no-cache-dir -r requirements.txt
COPY sqrt sqrt
# Into the image, so that a container rates with the good engine from its first photo, without any network.
RUN FACE_MODEL_PATH=/model/face_landmarker.task python -m sqrt fetch-models

FROM python:3.11-slim
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    STREAMLIT_SERVER_ADDRESS=0.0.0.0 \
    STREAMLIT_SERVER_PORT=8501 \
    FACE_MODEL_PATH=/model/face_landmarker.task \
    LOG_FILE=logs/sqrt.log
# By number, so that Kubernetes can tell it is not root; Hugging Face runs a Space as this one.
RUN useradd --create-home --uid 1000 sqrt
WORKDIR /app
RUN install -d -o sqrt logs
COPY --from=build /venv /venv
COPY --from=build /model /model
COPY .streamlit .streamlit
COPY sqrt sqrt
COPY streamlit_app.py .
USER 1000
EXPOSE 8501
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s CMD ["python", "-c", \
    "import os; from urllib.request import urlopen; urlopen(f\"http://127.0.0.1:{os.environ['STREAMLIT_SERVER_PORT']}/healthz\", timeout=4)"]
CMD ["python", "-m", "sqrt", "serve"]
