"""A release that changes a rule, prompt or profile: values as the new one says, and nothing paid that was paid before.

The release is a copy of the package in which a few files differ, run by the command over the same home.
"""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import pytest

import enrichment_assets
from enrichment_assets.cli.sandboxed import variables
from enrichment_assets.sandbox.process import Sandbox
from enrichment_assets.storage.artifacts import ArtifactStore
from enrichment_assets_tests.acceptance.sizes import SIZES, TIMEOUT_S
from enrichment_assets_tests.acceptance.worlds import companies, csv_of

pytestmark = pytest.mark.timeout(TIMEOUT_S)

PACKAGE = Path(enrichment_assets.__file__).parent
OTHER_PROFILE = "we_sell: Payroll.\nwe_sell_to: Restaurants.\nmust_haves: [Runs a restaurant.]\n"
CHANGES = {
    "mx": ("mx/mail_providers.csv", "Google Workspace", "Google Mail"),
    "website": ("website/artifact.py", "page.description[:4_000]), 1_000)", "page.description[:4_000]), 9)"),
    "icp": ("icp/artifact.py", '"fit": (60, 100)', '"fit": (97, 100)'),
    "linkedin": ("linkedin/artifact.py", "The site {declares}.", "It stands on the site."),
    "careers": ("careers/intensity.py", "RECENT_DAYS = 30", "RECENT_DAYS = 29"),
    "news": ("news/artifact.py", "MAX_STORIES: Final = 10", "MAX_STORIES: Final = 1"),
}
"""By artifact: a file of its rules, and what is changed in it."""
RELEASES = (("mx", "linkedin", "careers", "news"), ("website",), ("icp",))
"""What changes together: artifacts of which none is made from another. What others are made from changes alone."""


def as_the_new_rule_says(artifact: str, value: dict[str, Any]) -> bool:
    """Whether no trace of the old rule is left in a value."""
    match artifact:
        case "mx":
            return b"Google Workspace" not in orjson.dumps(value)
        case "website":
            return len(value["description"]) <= 9
        case "icp":
            return value["verdict"] != "fit" or value["score"] >= 97
        case "linkedin":
            return value["reason"] not in ("The site links to it.", "The site declares it.")
        case "careers":
            return "30 days" not in value["intensity_rule"]
        case _:
            return len(value["stories"]) <= 1


@dataclass
class Releases:
    """``enrich run`` of one release after the other, on one home."""

    sandbox: Sandbox
    folder: Path

    def bill(self) -> dict[str, int]:
        """Calls of everybody but DNS and the destination."""
        bill = self.sandbox.bill()
        return {name: line["calls"] for name, line in bill.items() if name not in ("dns", "clay")}

    def run(self, package: Path | None = None) -> dict[str, int]:
        """Run the list with a release; the calls that this took."""
        before, started = self.bill(), time.monotonic()
        environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        path = {"PYTHONPATH": str(package.parent)} if package else {}
        done = subprocess.run(
            [sys.executable, "-m", "enrichment_assets", "run", "--file", "list.csv"],
            cwd=self.folder,
            env={**environment, **variables(self.sandbox.settings()), **path},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-3_000:] + done.stderr[-3_000:]
        now = self.bill()
        called = {name: calls - before.get(name, 0) for name, calls in now.items() if calls > before.get(name, 0)}
        what = package.parent.name if package else "the same release"
        print(f"\n{what}: {SIZES.rules} companies in {time.monotonic() - started:.0f} s, calls {called}")
        return called

    def values(self, artifact: str) -> Iterator[dict[str, Any]]:
        store = ArtifactStore(str(self.folder / ".state" / "artifacts"))
        for company in companies(SIZES.rules, "rules"):
            if (found := store.get(artifact, company.domain)) is not None:
                yield found.value
        store.close()

    def fits(self) -> set[str]:
        """The companies whose latest verdict is fit."""
        store = ArtifactStore(str(self.folder / ".state" / "artifacts"))
        domains = [company.domain for company in companies(SIZES.rules, "rules")]
        found = {domain: store.get("icp", domain) for domain in domains}
        store.close()
        return {domain for domain, icp in found.items() if icp is not None and icp.value["verdict"] == "fit"}

    def release(self, name: str, *changes: tuple[str, str, str]) -> Path:
        """A copy of the package in which some files differ."""
        package = self.folder / name / PACKAGE.name
        shutil.copytree(PACKAGE, package)
        for file, old, new in changes:
            changed = package / "artifacts" / file
            text = changed.read_text()
            assert old in text, file
            changed.write_text(text.replace(old, new))
        return package


def test_a_changed_rule_or_prompt_pays_for_nothing_that_was_paid_before(sandbox: Sandbox, tmp_path: Path) -> None:
    releases = Releases(sandbox, tmp_path)
    (tmp_path / "list.csv").write_text(csv_of(companies(SIZES.rules, "rules")))
    assert set(releases.run()) >= {"spider", "openrouter", "serper"}
    assert {artifact for together in RELEASES for artifact in together} == set(CHANGES)
    for together in RELEASES:
        package = releases.release("-".join(together), *(CHANGES[artifact] for artifact in together))
        assert releases.run(package) == {}, together
        for artifact in together:
            values = list(releases.values(artifact))
            assert values
            assert [value for value in values if not as_the_new_rule_says(artifact, value)] == [], artifact
        shutil.rmtree(package.parent)
    prompt = releases.release("prompt", ("icp/prompt.py", "You judge whether", "Judge whether"))
    assert set(releases.run(prompt)) == {"openrouter"}
    assert releases.run() == {}, "back to the prompt before"


def test_a_changed_profile_pays_for_what_its_gate_opens_and_back_for_nothing(sandbox: Sandbox, tmp_path: Path) -> None:
    releases = Releases(sandbox, tmp_path)
    (tmp_path / "list.csv").write_text(csv_of(companies(SIZES.rules, "rules")))
    releases.run()
    before = releases.fits()
    (tmp_path / "icp.yaml").write_text(OTHER_PROFILE)
    called = releases.run()
    opened = len(releases.fits() - before)
    print(f"{len(before)} companies fitted, by the other profile {opened} others do")
    assert called.pop("openrouter") > 0
    assert called.pop("serper", 0) <= 2 * opened, "one search for news, one for LinkedIn"
    assert called.pop("spider", 0) <= 5 * opened, "careers pages"
    assert not called or opened
    (tmp_path / "icp.yaml").unlink()
    assert releases.run() == {}, "back to the profile before"
