"""Each benchmark in a fresh process: none is warmed up or weighed down by another."""

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from importlib import import_module
from inspect import signature

from benchmarks.figure import Figure


def apart(name: str, *, quick: bool, full: bool) -> list[Figure]:
    """What a benchmark measures, in a process of its own."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as process:
        return process.submit(_measure, name, quick, full).result()


def _measure(name: str, quick: bool, full: bool) -> list[Figure]:
    """``full`` reaches those that have a longer form of themselves."""
    measure = import_module(f"benchmarks.{name}").measure
    options = {"full": full} if "full" in signature(measure).parameters else {}
    figures: list[Figure] = measure(quick, **options)
    return figures
