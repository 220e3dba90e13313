"""What the state database keeps of runs and alerts goes with its time, and nothing that somebody needs."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from enrichment_assets.storage.history import alerts
from enrichment_assets.storage.history.alerts import SentAlerts
from enrichment_assets.storage.inputs.run_inputs import RunInput, RunInputs
from enrichment_assets.storage.state import state_engine

TOMORROW = datetime.now(UTC) + timedelta(days=1)


def test_inputs_go_with_their_runs_and_documents_with_the_last_of_them(tmp_path: Path) -> None:
    engine = state_engine(f"sqlite:///{tmp_path / 'state.db'}")
    inputs = RunInputs(engine)
    shared, alone = inputs.keep_document("shared"), inputs.keep_document("alone")
    inputs.keep("there", RunInput("list", shared))
    inputs.keep("gone", RunInput("list", shared))
    inputs.keep("gone too", RunInput(None, alone))
    assert inputs.prune(TOMORROW - timedelta(days=2), ()) == 0
    assert inputs.prune(TOMORROW, {"there"}) == 2
    assert inputs.of("there") == RunInput("list", shared)
    assert inputs.document(shared) == "shared"
    assert inputs.of("gone") is None
    with pytest.raises(LookupError):
        inputs.document(alone)
    engine.dispose()


def test_alerts_of_the_last_day_are_not_told_again(tmp_path: Path) -> None:
    engine = state_engine(f"sqlite:///{tmp_path / 'state.db'}")
    sent = SentAlerts(engine)
    assert sent.claim("old")
    with engine.begin() as connection:
        connection.execute(update(alerts.alerts).values(sent_at=(TOMORROW - timedelta(days=3)).isoformat()))
    assert sent.claim("new")
    assert sent.prune(datetime.now(UTC)) == 1
    assert not sent.claim("new")
    assert sent.claim("old")
    engine.dispose()
