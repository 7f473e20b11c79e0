"""How it is timed: the contenders take turns within one run, so that a busy machine is busy for all of them."""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent
Job = Callable[[], Any]
_BLOCK = 12
_BLOCK_SECONDS = 0.1
_UNMEASURED = 2


def timed(work: Job) -> float:
    """Seconds that the work takes."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def taking_turns(jobs: Mapping[str, Job], rounds: int, seconds: float) -> dict[str, float]:
    """The median seconds of each job, done `rounds` times, or twice and for `seconds` at least where it is slow.

    A turn is a block of calls of each job, of which the first do not count: what a sync costs depends on whose write
    the file system saw before, and a program that writes is mostly alone. Of the turns the quieter half counts, for all
    jobs alike, so that what else the machine does falls on none of them.
    """
    turns: list[dict[str, list[float]]] = []
    done, spent = dict.fromkeys(jobs, 0), dict.fromkeys(jobs, 0.0)
    waiting = list(jobs)
    while waiting:
        turns.append({name: _block(jobs[name]) for name in waiting})
        for name, found in turns[-1].items():
            spent[name] += sum(found)
            done[name] += len(found)
        waiting = [name for name in waiting if done[name] < 2 or (done[name] < rounds and spent[name] < seconds)]
    return {name: statistics.median(_counting(name, turns)) for name in jobs}


def _counting(name: str, turns: list[dict[str, list[float]]]) -> list[float]:
    always = [job for job in turns[0] if job in turns[-1]]
    quiet = sorted(turns, key=lambda turn: sum(statistics.median(turn[job]) for job in always))
    chosen = [turn for turn in quiet[: (len(turns) + 1) // 2] if name in turn]
    found: list[float] = []
    for turn in chosen or [turn for turn in turns if name in turn]:
        found += turn[name] if len(turn[name]) < _BLOCK else turn[name][_UNMEASURED:]
    return found


def _block(job: Job) -> list[float]:
    found: list[float] = []
    while len(found) < _BLOCK and sum(found) < _BLOCK_SECONDS:
        found.append(timed(job))
    return found


def processor_seconds(job: Job, times: int) -> float:
    """The seconds this process computes for one call, in the mean: what is left when the disk costs nothing."""
    begun = time.process_time()
    for _ in range(times):
        job()
    return (time.process_time() - begun) / times


def environment() -> dict[str, str]:
    """The environment of a measured process: as a person has it, so that compiled modules are kept."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def process_seconds(words: Mapping[str, list[str]], rounds: int = 7) -> dict[str, float]:
    """The median CPU seconds of whole processes, in turns; the first run of each compiles and does not count."""
    times: dict[str, list[float]] = {name: [] for name in words}
    for turn in range(rounds + 1):
        for name, call in words.items():
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            subprocess.run(call, check=True, cwd=ROOT, env=environment(), stdout=subprocess.DEVNULL)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            if turn:
                times[name].append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return {name: statistics.median(found) for name, found in times.items()}


def printed_by(script: str, *words: str) -> str:
    """What a Python process of its own prints."""
    call = [sys.executable, "-c", script, *words]
    return subprocess.run(call, check=True, cwd=ROOT, env=environment(), stdout=subprocess.PIPE, text=True).stdout
