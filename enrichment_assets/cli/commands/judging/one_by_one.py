"""One case after the other in a terminal or a pipe: shown with its evidence, and labelled by a key."""

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from enrichment_assets.cli.echo import plain, say

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from enrichment_assets.core.settings import Settings
    from enrichment_assets.evaluation.reviewing import Case

KEYS = "[y]es  [n]o  [s]kip  no[t]e  [u]nset  [q]uit"


def ask_all(due: "Sequence[Case]", settings: "Settings", by: str) -> None:
    """Ask until all are done, or whoever is asked ends it. What was said is kept at once."""
    from enrichment_assets.storage.state import open_state  # noqa: PLC0415

    done: Counter[str] = Counter()
    state = open_state(settings)
    try:
        for number, case in enumerate(due, 1):
            say(f"\n{number} of {len(due)}")
            for line in _shown(case):
                say(plain(line))
            if not _ask(case, state, by, done):
                break
    finally:
        state.dispose()
    say("\n" + (", ".join(f"{count} {word}" for word, count in done.items()) or "nothing labelled"))
    if any(word in due[0].labelling.words for word in done):
        say("The next run heeds it: enrich run --file LIST")


def _ask(case: "Case", state: "Engine", by: str, done: Counter[str]) -> bool:
    """One company, until it is labelled or skipped. False to end."""
    from enrichment_assets.storage.history.labels import Labels  # noqa: PLC0415

    labels, labelling = Labels(state), case.labelling
    while True:
        key, words = _key(f"{labelling.asks}  {KEYS}  ")
        now = datetime.now(UTC)
        match key:
            case "y" | "n":
                word = labelling.yes if key == "y" else labelling.no
                labels.put([case.labelled(word, by, now, words or None)])
                done[word] += 1
                say(f"{case.company.domain}: {word}")
                return True
            case "t":
                case = case.noted(words or _note(), by, now)
                labels.put([label for label in (case.label,) if label is not None])
                done["with a note"] += 1
            case "u":
                if labels.remove(case.company.domain, case.artifact.name):
                    done["taken back"] += 1
                return True
            case "s":
                done["skipped"] += 1
                return True
            case "q":
                return False
            case _:
                say(f"{plain(key)[:20]!r} is none of the keys.")


def _key(prompt: str) -> tuple[str, str]:
    """What was pressed, and the words after it. On a terminal one key is enough; the end of the input is `q`."""
    if sys.stdin.isatty() and sys.stdout.isatty():
        click.echo(prompt, nl=False)
        pressed = click.getchar()
        click.echo(pressed if pressed.isprintable() else "")
        return {"\r": "s", "\n": "s", "\x04": "q", "\x03": "q"}.get(pressed, pressed.lower()), ""
    line = sys.stdin.readline()
    if not line:
        return "q", ""
    word, _, words = line.strip().partition(" ")
    word = word.lower()
    keys = {"": "s", "yes": "y", "no": "n", "skip": "s", "note": "t", "unset": "u", "quit": "q"}
    return keys.get(word, word), words.strip()


def _note() -> str:
    return click.prompt("Note", default="", show_default=False) if sys.stdin.isatty() else sys.stdin.readline().strip()


def _shown(case: "Case") -> Iterator[str]:
    company = case.company
    yield f"{company.domain} ({company.name}), as of {case.computed_at:%Y-%m-%d}"
    pages: dict[str, None] = {}
    for line in case.lines():
        yield f"  {line.field}: {line.value}"
        if line.quote:
            yield f"      “{line.quote}”"
        if line.page:
            pages[line.page] = None
    for page in pages:
        yield f"  page: {page}"
    if (label := case.label) is not None:
        when = f"by {label.by} on {label.at:%Y-%m-%d}"
        said = (f"{label.label or 'nothing'} {when}", label.given_on(case.evidence), label.note)
        yield f"  labelled so far: {'; '.join(filter(None, said))}"
