FROM python:3.11-slim

ENV PYTHONUNBUFFERED=1 \
    STREAMLIT_SERVER_ADDRESS=0.0.0.0 \
    STREAMLIT_SERVER_PORT=8501 \
    LOG_FILE=logs/sqrt.log

RUN useradd --create-home sqrt
WORKDIR /app

COPY requirements.txt .
RUN pip install --no-cache-dir -r requirements.txt

COPY .streamlit .streamlit
COPY sqrt sqrt
COPY streamlit_app.py .

RUN install -d -o sqrt logs
USER sqrt
# Into the image, so that a container rates with the good engine from its first photo, without any network.
RUN python -m sqrt fetch-model

EXPOSE 8501
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s CMD \
    ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8501/healthz', timeout=4)"]
CMD ["python", "-m", "sqrt", "serve"]
