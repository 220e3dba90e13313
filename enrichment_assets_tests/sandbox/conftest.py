"""A company on which every test can rely, and the captured samples."""

from pathlib import Path

import pytest

from enrichment_assets.sandbox.process import Sandbox


@pytest.fixture
def acme(sandbox: Sandbox) -> Sandbox:
    """The sandbox, in which acme.com is a plain software company with mail, a normal site and press."""
    sandbox.company(
        "acme.com", name="Acme", segment="software", what="payroll platform", does="pays teams in local currency",
        industry="HR technology", buyers=["HR departments", "finance teams", "agencies"], mail="google", site="normal",
        on_www=False, careers="greenhouse", careers_path="/careers", board_slug="acme", linkedin="site",
        linkedin_slug="acmehq", employees=300, former_board="", soft_404=False,
    )  # fmt: skip
    return sandbox


@pytest.fixture(scope="session")
def samples(shared_data: Path) -> Path:
    """The captured bodies of the real providers."""
    return shared_data.parent / "samples"
