"""How far stored verdicts and answers agree with what people said of them: precision and recall with intervals."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from enrichment_assets.evaluation.reviewing import Case

Z_95 = 1.959964
"""Of a standard normal deviate, the two-sided 95% quantile."""


@dataclass(frozen=True, slots=True)
class Rate:
    """A share, and the interval in which that of all such companies lies with 95% confidence (Wilson's score)."""

    hits: int
    of: int

    @property
    def share(self) -> float | None:
        """None of nothing."""
        return self.hits / self.of if self.of else None

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson, J. Am. Stat. Assoc. 22 (1927), 209-212; from 0 to 1 where nothing was counted."""
        if not self.of:
            return 0.0, 1.0
        share, square = self.hits / self.of, Z_95**2 / self.of
        middle = share + square / 2
        half = Z_95 * math.sqrt(share * (1 - share) / self.of + square / (4 * self.of))
        low, high = (middle - half) / (1 + square), (middle + half) / (1 + square)
        # Exactly 0 and 1 at the ends, where rounding would miss them.
        return (0.0 if self.hits == 0 else low), (1.0 if self.hits == self.of else high)


@dataclass(frozen=True, slots=True)
class Agreement:
    """One artifact. ``matrix``: label to what was said to count. ``older``: labels on older evidence among them.

    ``left_out``: labels of an answer that is another one by now, which say nothing of it. ``disagreed``: the cases in
    which person and machine say different things, what was left open apart.
    """

    artifact: str
    matrix: Mapping[str, Mapping[str, int]]
    older: int
    left_out: int
    rates: Mapping[str, Rate]
    disagreed: Sequence[Case]

    @property
    def labelled(self) -> int:
        """Companies that were counted."""
        return sum(sum(row.values()) for row in self.matrix.values())


def agreement(artifact: str, cases: Iterable[Case]) -> Agreement:
    """The figures of one artifact.

    Of a verdict, which keeps its labels whatever the evidence: of those judged fit the share labelled so (precision),
    of those labelled fit the share judged so (recall; what was left open counts against it), and the precision of
    not_fit. Of a question: of the answers the share labelled right, and of the companies whose pages have an answer
    the share that got the right one; only what ``unknown`` was right for is taken to have none.
    """
    given = [case for case in cases if case.label is not None and case.label.label]
    counted = [case for case in given if _counts(case)]
    matrix: dict[str, dict[str, int]] = {}
    for case in counted:
        row = matrix.setdefault(_label(case), {})
        row[_said(case)] = row.get(_said(case), 0) + 1
    outlives = bool(given) and given[0].labelling.outlives
    return Agreement(
        artifact=artifact,
        matrix=matrix,
        older=sum(case.on_older_evidence for case in counted),
        left_out=len(given) - len(counted),
        rates=_of_verdict(counted) if outlives else _of_answers(counted),
        disagreed=[case for case in counted if _disagrees(case)],
    )


def _of_verdict(cases: Sequence[Case]) -> Mapping[str, Rate]:
    yes, no = cases[0].labelling.words if cases else ("", "")
    said_yes = [case for case in cases if case.summary == yes]
    said_no = [case for case in cases if case.summary == no]
    labelled_yes = [case for case in cases if _label(case) == yes]
    return {
        "precision": _rate(said_yes, yes),
        "recall": Rate(sum(case.summary == yes for case in labelled_yes), len(labelled_yes)),
        f"{no} precision": _rate(said_no, no),
    }


def _of_answers(cases: Sequence[Case]) -> Mapping[str, Rate]:
    answered = [case for case in cases if _said(case) == "known"]
    rightly_open = sum(_said(case) == "unknown" and _label(case) == case.labelling.yes for case in cases)
    right = _rate(answered, cases[0].labelling.yes if cases else "")
    return {"precision": right, "recall": Rate(right.hits, len(cases) - rightly_open)}


def _rate(cases: Sequence[Case], label: str) -> Rate:
    return Rate(sum(_label(case) == label for case in cases), len(cases))


def _counts(case: Case) -> bool:
    return case.labelling.outlives or (case.label is not None and case.label.said == case.labelling.said(case.value))


def _label(case: Case) -> str:
    return case.label.label if case.label is not None else ""


def _said(case: Case) -> str:
    """Of a verdict the verdict, of an answer whether there is one."""
    return case.summary if case.labelling.outlives else "unknown" if case.summary == "unknown" else "known"


def _disagrees(case: Case) -> bool:
    if case.labelling.outlives:
        return case.summary in case.labelling.words and case.summary != _label(case)
    return _label(case) == case.labelling.no
