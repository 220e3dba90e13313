"""What slices tell their follower: each document once and in order, whatever is told twice."""

from enrichment_assets.storage.state import state_engine
from enrichment_assets.storage.together.slice_results import SliceResults, Told


def told(run_id: str, *numbers: int) -> list[Told]:
    return [Told(run_id, number, f"{run_id}{number}.com", "{}") for number in numbers]


def heard(results: SliceResults) -> list[Told]:
    read = results.read()
    results.forget(read)
    return read


def test_documents_are_heard_once_and_in_order_on_postgres(postgres: str) -> None:
    engine = state_engine(postgres)
    mine, others = SliceResults(engine, "mine"), SliceResults(engine, "others")
    mine.tell(told("a", 1, 2))
    mine.tell(told("a", 1, 2))
    mine.tell(told("b", 1))
    others.tell(told("c", 1))
    assert [one.domain for one in heard(mine)] == ["a1.com", "b1.com", "a2.com"]
    mine.tell(told("a", 3))
    assert heard(mine) == told("a", 3)
    assert heard(mine) == []
    assert heard(others) == told("c", 1)
    engine.dispose()
