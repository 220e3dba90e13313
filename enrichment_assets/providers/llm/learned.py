"""What endpoints have taught us, kept where the state is: the form of a request per endpoint and model.

A file of a few lines, ``endpoints.json``. It is an economy, nothing more: without it each run learns again, for one
refused call. Two runs that learn at the same time both write what they know; the last one stays.
"""

from contextlib import suppress
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path

import orjson

from enrichment_assets.providers.llm.completion import mapping
from enrichment_assets.providers.llm.shape import Shape

FILE = "endpoints.json"
MOST_ENTRIES = 200


@dataclass(frozen=True, slots=True)
class Learned:
    """What is known of a model at an endpoint. ``answered_s``: how long its first answer took."""

    shape: Shape = field(default_factory=Shape)
    answered_s: float | None = None


class LearnedShapes:
    """The file of one state directory. One that does not exist is not made: nothing is kept there."""

    def __init__(self, home: Path) -> None:
        self._path = home / FILE

    def get(self, endpoint: str, model: str) -> Learned:
        """What is known; the defaults where nothing is, or what stands there cannot be read."""
        entry = mapping(self._read().get(f"{endpoint} {model}"))
        given = {each.name: entry[each.name] for each in fields(Shape) if each.name in entry}
        try:
            shape = Shape(**given)
            shape.without("no_schema")  # a format nobody knows raises here
        except (TypeError, ValueError):
            return Learned()
        answered = entry.get("answered_s")
        return Learned(shape, answered if isinstance(answered, float) else None)

    def put(self, endpoint: str, model: str, learned: Learned) -> None:
        """Keep it. Failing to is no reason to fail."""
        if not self._path.parent.is_dir():
            return
        entries = self._read()
        entries.pop(f"{endpoint} {model}", None)
        entries[f"{endpoint} {model}"] = {**asdict(learned.shape), "answered_s": learned.answered_s}
        kept = dict(list(entries.items())[-MOST_ENTRIES:])
        with suppress(OSError):
            fresh = self._path.with_suffix(".new")
            fresh.write_bytes(orjson.dumps(kept, option=orjson.OPT_INDENT_2))
            fresh.replace(self._path)

    def _read(self) -> dict[str, object]:
        try:
            return dict(mapping(orjson.loads(self._path.read_bytes())))
        except (OSError, ValueError):
            return {}
