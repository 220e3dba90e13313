"""The kinds of provider that can be chosen, each a protocol. A provider is one module (or folder) that has one of them.

Every method is given the ``CostScope`` that its calls are booked to, and raises ``ProviderError`` (see ``errors``) for
what is no answer: "nothing there" is an answer.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypedDict, TypeVar

from pydantic import BaseModel

from enrichment_assets.pages.page import Fetched
from enrichment_assets.pages.search_results import NewsResult, SearchResult
from enrichment_assets.providers.call.ledger import CostScope

T = TypeVar("T", bound=BaseModel)


class PageFetcher(Protocol):
    """Fetches one web page."""

    @property
    def name(self) -> str:
        """As ENRICHMENT_PAGES has it."""
        ...

    @property
    def paid(self) -> bool:
        """Whether a fetch costs money."""
        ...

    @property
    def renders(self) -> bool:
        """Whether it can open the page in a browser (``render``)."""
        ...

    async def fetch(self, url: str, scope: CostScope, *, render: bool = False) -> Fetched:
        """The page. A site's own 4xx and the synthetic statuses of sites that do not answer are answers (``Fetched``).

        Raises TransientError for what says nothing lasting about the site (429, 5xx, a timeout).
        """
        ...


class Search(Protocol):
    """Searches the web and the news. Queries are plain words, without operators."""

    async def search(self, query: str, scope: CostScope, *, num: int = 10) -> tuple[SearchResult, ...]:
        """Web results, the best first. Empty means that nothing was found."""
        ...

    async def news(
        self, query: str, scope: CostScope, *, num: int = 10, months: int | None = None
    ) -> tuple[NewsResult, ...]:
        """News results, not older than so many months. Empty means that nothing was found."""
        ...


class Message(TypedDict):
    """One chat message."""

    role: str
    content: str


Prompt = Callable[[str | None], Sequence[Message]]
"""Messages for one attempt; the argument is None at first, then what was wrong with the last answer."""


@dataclass(frozen=True, slots=True)
class Answered(Generic[T]):
    """A parsed answer and which model gave it."""

    value: T
    model: str


class LanguageModel(Protocol):
    """Answers to a strict JSON schema."""

    async def ask(self, prompt: Prompt, schema: type[T], scope: CostScope, *, max_tokens: int = 1500) -> Answered[T]:
        """Ask until the answer parses. Raises TransientError when the model keeps talking nonsense."""
        ...


@dataclass(slots=True)
class Attempts:
    """Attempts at one push so far, and how many of them got no answer: each of those may have made a row."""

    made: int = 0
    unanswered: int = 0


@dataclass(frozen=True, slots=True)
class Meter:
    """Counts what a destination has had. ``count`` may raise to refuse; ``uncount`` takes back what it did not take."""

    count: Callable[[], Awaitable[None]]
    uncount: Callable[[], Awaitable[None]]


class Destination(Protocol):
    """Takes payloads, at least once and with a key."""

    async def push(
        self, body: Callable[[bool], bytes], key: str, scope: CostScope, meter: Meter, attempts: Attempts
    ) -> int:
        """Push one JSON document until it is taken; the status of the answer.

        ``body`` makes the document, told whether an attempt of this call may have arrived; ``attempts`` counts along.
        """
        ...
