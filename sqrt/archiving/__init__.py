"""Archiving: photos by the hundred thousand, rated on Dask into Parquet parts. May import reading to showing.

Its modules are imported one by one, since Dask, PyArrow and fsspec take long to load.
"""
