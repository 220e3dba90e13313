from pathlib import Path

import pytest

from enrichment_assets.artifacts.icp.artifact import Icp
from enrichment_assets.artifacts.icp.profile import load_profile
from enrichment_assets.core.errors import MisconfiguredError
from enrichment_assets.evaluation.evaluation import Judged, Labelled, evaluate, figures, masked, report
from enrichment_assets.evaluation.labelled_file import LabelledFileError, read_labelled
from enrichment_assets.providers.call.ledger import Ledger
from enrichment_assets.providers.clients import open_providers
from enrichment_assets.sandbox.process import Sandbox
from enrichment_assets_tests.artifacts import pages_of_our_own as own
from enrichment_assets_tests.builtin import CATALOG


def company(fits: bool = True, name: str = "Acme Corp", text: str = "", domain: str = "acme.com") -> Labelled:
    return Labelled(1, name, domain, text, fits)


def judged(fits: bool, verdict: str, usd: float = 0.5) -> Judged:
    icp = Icp(verdict=verdict, score=50, reason="r") if verdict not in ("failed", "budget") else None  # type: ignore[arg-type]
    return Judged(company(fits), icp, verdict, usd, "" if icp else "timed out")


def test_the_figures_add_up() -> None:
    result = figures(
        [judged(True, "fit")] * 3
        + [judged(True, "unclear"), judged(True, "not_fit"), judged(True, "failed")]
        + [judged(False, "fit")]
        + [judged(False, "not_fit")] * 4
    )
    assert result.companies == 11
    assert result.confusion["fits"] == {"fit": 3, "unclear": 1, "not_fit": 1, "unjudged": 0, "failed": 1, "budget": 0}
    assert (result.precision, result.recall, result.not_fit_precision) == (0.75, 0.5, 0.8)
    assert result.unclear_rate == pytest.approx(0.1)
    assert (result.correct, result.cost_usd) == (7, 5.5)
    assert result.usd_per_correct == pytest.approx(5.5 / 7)


def test_nothing_judged_is_no_rate_rather_than_zero() -> None:
    assert figures([]).precision is None
    assert figures([]).usd_per_correct is None


@pytest.mark.parametrize(
    ("name", "domain", "text", "hidden"),
    [
        ("Acme Corp", "acme.com", "ACME Corp sells. Acme: acme.com", "the company sells. the company: the company"),
        ("Évora Ltd", "evora.pt", "At Évora we sell", "At the company we sell"),
        ("Box", "box.com", "Boxes from Box", "Boxes from the company"),
        ("X", "x.com", "X marks x", "X marks x"),
        ("Parrot (W21)", "useparrot.com", "Parrot talks. UseParrot too", "the company talks. the company too"),
        ("", "", "Nobody", "Nobody"),
    ],
)  # fmt: skip
def test_masking_hides_name_and_domain_and_nothing_else(name: str, domain: str, text: str, hidden: str) -> None:
    assert masked(company(name=name, domain=domain, text=text)).text == hidden


@pytest.mark.parametrize(
    ("header", "label"),
    [("text,label", "1"), ("Description,Fits", "yes"), ("content,icp_b2b", "true"), ("page,verdict", "fit")],
)  # fmt: skip
def test_columns_are_found_under_many_names(header: str, label: str, tmp_path: Path) -> None:
    file = tmp_path / "l.csv"
    file.write_text(
        f'{header},Company Name,Website\n"We sell, a lot",{label},Acme,https://www.acme.com/x\nNo label,,B,b.com\n'
    )
    assert read_labelled(file) == [Labelled(1, "Acme", "acme.com", "We sell, a lot", True)]


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("name,label\nA,1\n", "needs a text column, such as text; found name, label"),
        ("text,name\nA,1\n", "needs a label column, such as label; found text, name"),
        ("text,label\nA,maybe\n", "row 1: label is 'maybe'; a label is 1 or 0"),
        ("text,label\nA,\n", "no row has a label in column label"),
        ("", "cannot be read"),
    ],
)
def test_a_file_that_cannot_be_used_says_what_it_has_and_needs(content: str, complaint: str, tmp_path: Path) -> None:
    file = tmp_path / "l.csv"
    file.write_text(content)
    with pytest.raises(LabelledFileError, match=r"l\.csv") as raised:
        read_labelled(file)
    assert complaint in str(raised.value)


async def run(
    sandbox: Sandbox, companies: list[Labelled], mask_names: bool = False, budget: float | None = None
) -> list[Judged]:
    settings = sandbox.settings()
    ledger = Ledger(run_cap_usd=budget, company_cap_usd=1.0)
    async with open_providers(settings, CATALOG.reading) as providers:
        return await evaluate(
            companies, load_profile(settings).profile, providers, ledger, parallel=20, mask_names=mask_names
        )


OWN = [
    Labelled(1, "Ledgerline", "ledgerline.com", own.SOFTWARE, True),
    Labelled(2, "Sole & Lace", "soleandlace.com", own.SHOP, False),
    Labelled(3, "Nobody", "nobody.com", "", False),
]


async def test_our_own_pages_are_judged_and_what_it_cost_is_what_was_billed(sandbox: Sandbox) -> None:
    results = await run(sandbox, OWN)
    assert [one.verdict for one in results] == ["fit", "not_fit", "unjudged"]
    assert figures(results).cost_usd == pytest.approx(sandbox.bill()["openrouter"]["usd"])
    assert sandbox.bill()["openrouter"]["calls"] == 2
    told = report(results, model="m", profile="p", mask_names=False)
    assert [one["verdict"] for one in told["verdicts"]] == ["fit", "not_fit", "unjudged"]


async def test_a_masked_name_does_not_reach_the_model(sandbox: Sandbox) -> None:
    for one in await run(sandbox, OWN, mask_names=True):
        assert one.icp is not None
        assert "ledgerline" not in one.icp.model_dump_json().replace("https://ledgerline.com/", "").lower()


async def test_a_budget_ends_an_evaluation_without_a_call_too_many(sandbox: Sandbox) -> None:
    results = await run(sandbox, OWN, budget=0.0001)
    assert [one.verdict for one in results] == ["budget", "budget", "unjudged"]
    assert figures(results).cost_usd == 0


async def test_a_wrong_key_ends_the_evaluation_at_once(sandbox: Sandbox) -> None:
    sandbox.faults({"openrouter": {"http_401": 1.0}})
    with pytest.raises(MisconfiguredError):
        await run(sandbox, OWN)


@pytest.mark.parametrize("mask_names", [False, True])
async def test_the_labelled_companies_are_evaluated_end_to_end(
    mask_names: bool, sandbox: Sandbox, shared_data: Path
) -> None:
    companies = read_labelled(shared_data / "labels" / "icp_eval.parquet")
    assert (len(companies), sum(one.fits for one in companies)) == (254, 101)
    result = figures(await run(sandbox, companies, mask_names))
    assert sum(sum(row.values()) for row in result.confusion.values()) == 254
    assert sum(row["failed"] + row["budget"] for row in result.confusion.values()) == 0
    assert result.cost_usd == pytest.approx(sandbox.bill()["openrouter"]["usd"])
