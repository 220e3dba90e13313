"""When a provider counts as down."""

import pytest

from enrichment_assets.core.errors import CircuitOpenError
from enrichment_assets.providers.call.circuit import REFUSING_S, Circuit


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def refused(circuit: Circuit, clock: Clock, times: int) -> None:
    for _ in range(times):
        circuit.check()
        clock.now += REFUSING_S / 10
        circuit.limited("HTTP 429")


def test_a_provider_that_answers_nothing_but_429_is_as_good_as_down() -> None:
    clock = Clock()
    circuit = Circuit("webhook", clock=clock)
    refused(circuit, clock, 11)
    with pytest.raises(CircuitOpenError, match="429"):
        circuit.check()
    clock.now += 5.0
    circuit.check()  # the probe
    circuit.succeeded()
    refused(circuit, clock, 10)
    assert not circuit.is_open


def test_a_provider_that_lets_something_through_between_its_429s_is_up() -> None:
    clock = Clock()
    circuit = Circuit("webhook", clock=clock)
    for _ in range(20):
        refused(circuit, clock, 9)
        circuit.succeeded()
    assert not circuit.is_open
