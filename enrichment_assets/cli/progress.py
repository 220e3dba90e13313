"""One line per finished company; at a terminal the same lines above a live bar."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from enrichment_assets.artifacts.base import DELIVERY, PAYLOAD
from enrichment_assets.cli.echo import plain, say, terminal
from enrichment_assets.engine.results import CompanyResult

SHOWN_AS = {DELIVERY: "delivery"}
HIDDEN = frozenset({PAYLOAD})


def line(finished: CompanyResult, number: int, total: int, elapsed_s: float) -> str:
    """``[150/1000] Acme Corp: mx:OK icp:OK careers:OK news:CACHE  (52.3/min, ETA: 16.2min)``."""
    per_min = number / elapsed_s * 60 if elapsed_s > 0 else 0.0
    eta = f"{(total - number) / per_min:.1f}min" if per_min else "?"
    nodes = " ".join(
        f"{SHOWN_AS.get(name, name)}:{node.outcome}" for name, node in finished.nodes.items() if name not in HIDDEN
    )
    return f"[{number}/{total}] {plain(finished.company.name)}: {nodes}  ({per_min:.1f}/min, ETA: {eta})"


@contextmanager
def progress(total: int, *, verbose: bool) -> Iterator[Callable[[CompanyResult], None]]:
    """A function to call with each finished company. ``verbose`` adds answers and reasons below each line."""
    started = monotonic()
    number = 0
    console = terminal()
    live = Progress(
        TextColumn("enriching"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=console, transient=True
    )

    def show(finished: CompanyResult) -> None:
        nonlocal number
        number += 1
        text = line(finished, number, total, monotonic() - started)
        if verbose:
            text += "".join(
                f"\n    {name}: {plain(node.summary or node.reason)}  ${node.cost_usd:.6f}  {node.latency_s:.2f}s"
                for name, node in finished.nodes.items()
            )
        if console.is_terminal:
            live.console.print(Text(text))
            live.update(task, total=total, completed=number)
        else:
            say(text)

    if console.is_terminal:
        with live:
            task = live.add_task("companies", total=total)
            yield show
    else:
        yield show
