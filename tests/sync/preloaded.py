"""A process that has loaded what its children need, so that each of them starts at once and may be killed."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

_LOADER = """
import importlib, json, os, signal, sys
for name in sys.argv[1:]:
    importlib.import_module(name)
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
for line in sys.stdin:
    code, words, told = json.loads(line)
    pid = os.fork()
    if not pid:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        place = os.open(told, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(place, 1)
        os.dup2(place, 2)
        sys.argv = ["child", *words]
        try:
            exec(code, {"__name__": "__main__"})
        finally:
            sys.stdout.flush()
            os._exit(1)
    print(pid, flush=True)
"""


class Preloaded:
    """Starts children that have these modules already. Ends with its last child alive or not."""

    def __init__(self, *modules: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", _LOADER, *modules], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def start(self, code: str, words: list[str], told: Path) -> int:
        """Runs the code in a child, whose output goes to the end of a file; gives its process id."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps([code, words, str(told)]) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def close(self) -> None:
        """Ends it; its children go on."""
        self._process.kill()
        self._process.communicate()


def kill(pid: int) -> None:
    """Kills a child, and waits until nothing is left of it."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
        while True:
            os.kill(pid, 0)
            time.sleep(0.001)


def is_alive(pid: int) -> bool:
    """Whether a child is still there."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
