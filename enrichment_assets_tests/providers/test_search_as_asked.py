"""Search results are those of our query, not of one that the provider liked better; an error inside a 200 is one."""

from typing import Any

import httpx
import orjson
import pytest

from enrichment_assets.core.errors import OutOfCreditError, ProviderError
from enrichment_assets.core.settings import GivenSettings
from enrichment_assets.providers.brave import Brave
from enrichment_assets.providers.call.ledger import CostScope, Ledger
from enrichment_assets.providers.clients import open_pipeline
from enrichment_assets.providers.firecrawl import Firecrawl
from enrichment_assets.providers.serper import Serper
from enrichment_assets.providers.spider import Spider

GIVEN = GivenSettings(
    serper_api_key="k", brave_api_key="k", spider_api_key="k", firecrawl_api_key="k", retry_attempts=1
)  # type: ignore[arg-type]


class Saying(httpx.AsyncBaseTransport):
    def __init__(self, document: Any) -> None:
        self._document = document
        self.requests: list[httpx.Request] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return httpx.Response(200, stream=httpx.ByteStream(orjson.dumps(self._document)))


def a_scope() -> CostScope:
    return Ledger(run_cap_usd=None, company_cap_usd=1.0).scope("acme.com", "news")


def client(kind: type, transport: Saying) -> Any:
    name = kind.__name__.lower()
    return kind(transport, open_pipeline(name, GIVEN, rate=1e6, in_flight=9), GIVEN)


ORGANIC = [{"title": "Acme", "link": "https://acme.com"}]
NEWS = [{"title": "Acme raises", "link": "https://press.com/1"}]


@pytest.mark.parametrize(
    "told", [{"showingResultsFor": "acne"}, {"showingResultsFor": "acne", "originalQuery": "acme"}]
)
async def test_serper_is_asked_not_to_correct_and_what_it_corrects_all_the_same_is_nothing(
    told: dict[str, str],
) -> None:
    answered = Saying({"searchParameters": {"q": "acme"}, "organic": ORGANIC, "news": NEWS, "credits": 1})
    assert len(await client(Serper, answered).search("acme", a_scope())) == 1
    assert orjson.loads(answered.requests[0].content)["autocorrect"] is False
    corrected = Saying({"searchParameters": {}, "searchInformation": told, "organic": ORGANIC, "news": NEWS})
    assert await client(Serper, corrected).search("acme", a_scope()) == ()
    assert await client(Serper, corrected).news("acme", a_scope()) == ()


async def test_brave_is_asked_not_to_correct_and_what_it_corrects_all_the_same_is_nothing() -> None:
    web = {"results": [{"title": "Acme", "url": "https://acme.com"}]}
    answered = Saying({"type": "search", "query": {"original": "acme"}, "web": web})
    assert len(await client(Brave, answered).search("acme", a_scope())) == 1
    assert answered.requests[0].url.params["spellcheck"] == "false"
    altered = {"original": "acme", "altered": "acne"}
    corrected = Saying({"type": "search", "query": altered, "web": web, "results": web["results"]})
    assert await client(Brave, corrected).search("acme", a_scope()) == ()
    assert await client(Brave, corrected).news("acme", a_scope()) == ()


ERRORS = {
    "spider": (Spider, {"error": "balance is zero", "status": 402}),
    "serper": (Serper, {"message": "Not enough credits", "statusCode": 400}),
    "brave": (Brave, {"type": "ErrorResponse", "error": {"code": "QUOTA_LIMITED", "detail": "used up"}}),
    "firecrawl": (Firecrawl, {"success": False, "code": "INSUFFICIENT_CREDITS", "error": "Insufficient credits"}),
}


@pytest.mark.parametrize("name", ERRORS)
async def test_an_error_inside_a_200_is_an_error_and_an_empty_account_is_known_there_too(name: str) -> None:
    kind, document = ERRORS[name]
    provider, scope = client(kind, Saying(document)), a_scope()
    is_search = kind in (Serper, Brave)
    with pytest.raises(ProviderError) as raised:
        await (provider.search("acme", scope) if is_search else provider.fetch("https://acme.com", scope))
    assert isinstance(raised.value, OutOfCreditError), raised.value
    assert scope.cost_usd == 0
