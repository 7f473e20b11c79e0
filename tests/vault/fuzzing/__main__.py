"""Fuzzes one reader with atheris for some seconds; a crash ends it with the bytes in a file beside the corpus."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import atheris  # type: ignore[import-not-found, unused-ignore]

with atheris.instrument_imports(include=["modelops_tui"]):
    from tests.vault.fuzzing.readers import readers


def main() -> None:
    """Reads the words of the call and hands over to the fuzzer, which ends the process itself."""
    known = readers()
    words = argparse.ArgumentParser(prog="python -m tests.vault.fuzzing", description=__doc__)
    words.add_argument("reader", choices=sorted(known))
    words.add_argument("--seconds", type=int, default=60)
    words.add_argument("--corpus", type=Path, help="a folder that keeps what was found for the next time")
    given = words.parse_args()
    corpus = given.corpus or Path(tempfile.mkdtemp(prefix=f"fuzz-{given.reader}-"))
    corpus.mkdir(parents=True, exist_ok=True)
    reader = known[given.reader]
    for number, seed in enumerate(reader.seeds):
        (corpus / f"seed-{number}").write_bytes(seed)
    options = [
        f"-max_total_time={given.seconds}",
        "-print_final_stats=1",
        "-max_len=8192",
        f"-artifact_prefix={corpus}/",
    ]
    atheris.Setup([sys.argv[0], *options, str(corpus)], lambda data: reader.read(bytes(data)))
    atheris.Fuzz()


if __name__ == "__main__":
    main()
