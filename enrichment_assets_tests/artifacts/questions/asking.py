"""Question files for tests, and asking them of one company as the engine does."""

from collections.abc import Mapping
from pathlib import Path

from enrichment_assets.artifacts.base import Artifact
from enrichment_assets.artifacts.catalog import load_catalog
from enrichment_assets.artifacts.questions.artifact import Answer
from enrichment_assets.artifacts.website.declaration import WEBSITE
from enrichment_assets.core.settings import Settings
from enrichment_assets_tests.artifacts.producing import Bench

FILES: Mapping[str, str] = {
    "pricing_model": "question: How does the company charge for its product?\n"
    "answer: {type: enum, values: [per_seat, usage, flat, quote_only]}\npages: [home, pricing]\n",
    "price": "question: From which price do plans start per month?\nanswer: number\npages: [home, pricing]\n",
    "soc2": "question: Is the company SOC 2 certified?\nanswer: boolean\npages: [security]\n",
    "tools": "question: Which tools does the product integrate with?\nanswer: {type: list}\npages: [integrations]\n",
    "last_post": "question: On which date was the last post published?\nanswer: date\npages: [blog]\n",
}


def written(folder: Path, *names: str, gate: str = "none", **more: str) -> Path:
    """A folder with these files; ``more`` are further ones by name."""
    folder.mkdir(exist_ok=True)
    for name, text in {**{name: FILES[name] for name in names}, **more}.items():
        (folder / f"{name}.yaml").write_text(f"name: {name}\n{text}" + ("" if "gate:" in text else f"gate: {gate}\n"))
    return folder


def artifacts(settings: Settings) -> dict[str, Artifact[Answer]]:
    return {name: one for name, one in load_catalog(settings).items() if one.model is Answer}


async def asked(desk: Bench, domain: str) -> tuple[dict[str, Answer | Exception], dict[str, float]]:
    """The answers about one company, and what each has cost."""
    home = await desk.produce(WEBSITE, domain)
    questions = artifacts(desk.settings)
    contexts = {name: desk.context(name, domain, inputs={"website": home}) for name in questions}
    together = next(iter(questions.values())).together
    assert together is not None
    answers = await together.produce_all(contexts)
    return answers, {name: context.scope.cost_usd for name, context in contexts.items()}  # type: ignore[return-value]


def known(answers: Mapping[str, Answer | Exception]) -> dict[str, object]:
    return {name: one.answer for name, one in answers.items() if isinstance(one, Answer) and one.status == "known"}
