"""What is drawn from samples holds what comes: the statistics of plan on made-up lists, no provider involved."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from enrichment_assets.planning.chances import Amount, Drawer, Share, quantile

COUNTS = st.lists(
    st.tuples(st.integers(0, 200), st.integers(0, 200)).map(lambda pair: (min(pair), max(pair))), max_size=6
)


@given(COUNTS, st.floats(0.0, 1.0), st.integers(0, 10**6))
def test_a_share_is_one(counted: list[tuple[int, int]], assumed: float, seed: int) -> None:
    share = Share(assumed, counted)
    assert 0.0 <= share.mean <= 1.0
    assert 0.0 <= share.draw(Random(seed)) <= 1.0


@given(st.lists(st.floats(0.0, 1.0), max_size=40), st.floats(0.0, 1.0), st.integers(0, 50_000), st.integers(0, 10**6))
def test_an_amount_is_never_negative_and_nobody_costs_nothing(
    samples: list[float], assumed: float, companies: int, seed: int
) -> None:
    amount = Amount(assumed)
    for place, value in enumerate(samples):
        amount.add(f"run {place % 3}", value)
    drawn = Drawer.of(amount).draw(companies, Random(seed))
    assert drawn >= 0.0
    assert companies or drawn == 0.0


def _range(draws: list[float]) -> tuple[float, float]:
    ordered = sorted(draws)
    return quantile(ordered, 0.025), quantile(ordered, 0.975)


def test_the_share_of_the_next_list_lies_in_the_range_whatever_lists_have_in_common() -> None:
    """Lists of one kind, and lists that differ wildly: the runs themselves say which it is."""
    random = Random(5)
    for spread in (0.0, 0.15, 0.3):
        inside = 0
        for _ in range(120):
            truths = [min(0.97, max(0.03, random.gauss(0.5, spread))) for _ in range(6)]
            counts = [(sum(random.random() < truth for _ in range(80)), 80) for truth in truths]
            low, high = _range([Share(0.5, counts[:5]).draw(random) for _ in range(300)])
            inside += low <= counts[5][0] / 80 <= high
        assert inside / 120 >= 0.9, spread


def test_the_more_lists_were_alike_the_narrower_the_range() -> None:
    random = Random(8)
    wide = []
    for runs in (1, 5, 20):
        low, high = _range([Share(0.5, [(40, 80)] * runs).draw(random) for _ in range(4_000)])
        assert low < 0.5 < high
        wide.append(high - low)
    assert wide[0] > wide[1] > wide[2]
    assert wide[2] < 0.45


def test_what_many_companies_cost_lies_in_the_range_though_a_few_cost_most_of_it() -> None:
    random = Random(6)
    inside = 0
    for _ in range(150):
        amount = Amount(0.001)
        for run in range(3):
            for _ in range(80):
                amount.add(str(run), 0.05 if random.random() < 0.03 else 0.0005)
        cost = sum(0.05 if random.random() < 0.03 else 0.0005 for _ in range(200))
        drawer = Drawer.of(amount)
        low, high = _range([drawer.draw(200, random) for _ in range(300)])
        inside += low <= cost <= high
    assert inside >= 135


def test_evidence_narrows_and_a_factor_scales() -> None:
    random = Random(7)
    few, many = Amount(0.001, {"a": (5, 0.005, 5e-6)}), Amount(0.001, {"a": (5_000, 5.0, 5e-3)})
    (low, high), (lower, higher) = (
        _range([Drawer.of(one).draw(1_000, random) for _ in range(500)]) for one in (few, many)
    )
    assert higher - lower < high - low
    assert Amount(0.002, {"a": (100, 0.1, 1e-4)}, factor=2.0).mean == 0.002
