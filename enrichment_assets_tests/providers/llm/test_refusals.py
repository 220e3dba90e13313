"""What endpoints refuse is known by words and codes, row by row, and told as what it is."""

from typing import Any

import pytest

from enrichment_assets.core.errors import MisconfiguredError, OutOfCreditError, ProviderError
from enrichment_assets.providers.llm.completion import document_of
from enrichment_assets.providers.llm.failure import Failure, failure_of
from enrichment_assets.providers.llm.refusals import meaning_of, rows
from enrichment_assets_tests.providers.llm.answering import Answering, a_scope, judge, model, refusal, settings


def failure(example: str) -> Failure:
    status, _, body = example.partition(" ")
    found = failure_of(document_of(body.encode()), int(status), body.encode())
    assert found is not None
    return found


@pytest.mark.parametrize("row", rows(), ids=lambda row: f"{row.means}-{rows().index(row)}")
def test_each_row_matches_its_examples_and_not_its_counterexamples(row: Any) -> None:
    assert row.match
    for example in row.match:
        assert meaning_of(failure(example)) == row.means, example
    for example in row.no_match:
        assert meaning_of(failure(example)) != row.means, example


SAYING = [
    "Insufficient credits",
    "Your credit balance is too low to access the API",
    "Incorrect API key provided: sk-...",
]
RAW = '{"error": {"message": "%s"}}'
WRAPS: list[Any] = [
    lambda said: {"error": {"message": said}},
    lambda said: [{"error": {"message": said}}],
    lambda said: {"error": said},
    lambda said: {"detail": said},
    lambda said: {"detail": [{"loc": ["header", "authorization"], "msg": said}]},
    lambda said: {"message": said, "code": 1},
    lambda said: {"object": "error", "message": said, "code": 400},
    lambda said: {"errors": [{"message": said, "code": 10000}], "success": False},
    lambda said: {
        "error": {"message": "Provider returned error", "metadata": {"raw": f'{{"error": {{"message": "{said}"}}}}'}}
    },
    lambda said: {"error": {"message": "Provider returned error", "metadata": {"raw": said}}},
    lambda said: {"choices": [{"error": {"message": said}, "message": {"content": ""}, "finish_reason": "error"}]},
    lambda said: {"choices": None, "base_resp": {"status_code": 1004, "status_msg": said}},
]


@pytest.mark.parametrize("status", [200, 400, 429, 500])
@pytest.mark.parametrize("said", SAYING)
async def test_a_scope_error_stops_the_run_in_any_wrapping_and_status(said: str, status: int) -> None:
    for wrap in WRAPS:
        transport, scope = Answering(lambda _body, wrap=wrap: refusal(status, wrap(said))), a_scope()
        llm = model(transport, settings())
        for _ in range(3):
            with pytest.raises(ProviderError) as raised:
                await judge(llm, scope)
            assert isinstance(raised.value, OutOfCreditError if "redit" in said else MisconfiguredError), wrap(said)
            assert said[:12] in str(raised.value)
        assert (len(transport.bodies), scope.cost_usd) == (1, 0.0)


async def test_a_key_repeated_by_the_endpoint_is_in_no_message() -> None:
    given = settings()
    assert given.openrouter_api_key is not None
    key = given.openrouter_api_key.get_secret_value()
    error = {"error": {"message": f"Incorrect API key provided: {key}"}}
    with pytest.raises(MisconfiguredError) as raised:
        await judge(model(Answering(lambda _body: refusal(401, error)), given))
    assert key not in f"{raised.value!s} {raised.value!r} {raised.value.__cause__!r}"
