# The image of the servers, with what archives need: built after that one, which is called sqrt.
FROM sqrt
USER root
RUN pip install --no-cache-dir "dask[distributed]>=2026.7,<2027" "s3fs>=2026.6,<2027" cryptography
USER 1000
