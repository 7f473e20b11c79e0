"""Fuzzing of what reads bytes that others may have written, by coverage: run by hand, never by the suite.

It needs atheris, which is no dependency of the tests: pip install atheris, then for each reader
python -m tests.vault.fuzzing READER --seconds 120
"""
