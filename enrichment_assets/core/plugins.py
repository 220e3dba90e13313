"""What installed distributions add: the entry points of one group, loaded and checked.

A broken one is an error that names its distribution, so that a person knows what to uninstall or to repair.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import TypeVar

from enrichment_assets.core.errors import MisconfiguredError

T = TypeVar("T")


class PluginError(MisconfiguredError):
    """A distribution that adds something which cannot be used."""

    def __init__(self, distribution: str, problem: str) -> None:
        super().__init__("plugin", f"the installed distribution {distribution} cannot be used: {problem}")
        self.distribution = distribution


@dataclass(frozen=True)
class Plugin:
    """One entry point and the distribution that it comes from, with its version."""

    entry_point: EntryPoint
    distribution: str

    def load(self, kind: type[T]) -> T:
        """What the entry point names. Raises PluginError when it cannot be imported or is something else."""
        where = f"entry point {self.entry_point.group}: {self.entry_point.name} = {self.entry_point.value}"
        try:
            found = self.entry_point.load()
        except Exception as error:  # whatever a stranger's module raises while it is imported
            raise PluginError(self.distribution, f"{where} raises {type(error).__name__}: {error}") from error
        if not isinstance(found, kind):
            raise PluginError(self.distribution, f"{where} is a {type(found).__name__}, not a {kind.__name__}")
        return found


def installed(group: str) -> Iterator[Plugin]:
    """All entry points of a group, in the order of their distributions and names."""
    found = (
        Plugin(one, f"{one.dist.name} {one.dist.version}" if one.dist else "?") for one in entry_points(group=group)
    )
    yield from sorted(found, key=lambda plugin: (plugin.distribution, plugin.entry_point.name))
