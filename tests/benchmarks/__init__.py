"""Measures the store beside SQLite, LMDB, TinyDB, MLflow and the bare disk, interleaved in one run."""
