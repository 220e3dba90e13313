"""OpenRouter or any OpenAI-compatible endpoint. (Seam: the body comes with the providers' issue.)"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypedDict, TypeVar

from pydantic import BaseModel

from enrichment_assets.providers.ledger import Account


class Message(TypedDict):
    """One chat message."""

    role: str
    content: str


T = TypeVar("T", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Answered(Generic[T]):
    """A parsed answer and who gave it."""

    value: T
    model: str


Prompt = Callable[[str | None], Sequence[Message]]
"""Messages for one attempt; the argument is None at first, then what was wrong with the last answer."""


class Llm:
    """Answers to a strict JSON schema."""

    async def ask(self, prompt: Prompt, schema: type[T], account: Account, *, max_tokens: int = 1500) -> Answered[T]:
        """Ask until the answer parses: 3 attempts, another prompt each time, the fallback model on the last.

        Raises TransientError when the model keeps talking nonsense.
        """
        raise NotImplementedError
