"""``when:`` of a question: an expression over the values of other artifacts, such as ``icp.score >= 70``.

What may stand in it: ``artifact.field``, texts, numbers, true and false, lists of them; ``and or not``, comparisons,
``in``. Nothing is called and nothing is computed, so it takes no longer than it is long. What is not known (an artifact
behind a closed gate, an empty field) is ``None``, and no comparison with it holds but ``== None``.
"""

import ast
import operator
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Final

import simpleeval
from pydantic import BaseModel

from enrichment_assets.core.errors import PermanentError

_WORDS: Final = {"true": True, "false": False, "null": None}


def _known(compare: Callable[[Any, Any], Any]) -> Callable[[Any, Any], bool]:
    return lambda left, right: left is not None and right is not None and bool(compare(left, right))


_OPERATORS: Final[Mapping[type, Callable[..., Any]]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: _known(operator.lt),
    ast.LtE: _known(operator.le),
    ast.Gt: _known(operator.gt),
    ast.GtE: _known(operator.ge),
    ast.In: _known(lambda item, many: operator.contains(many, item)),
    ast.NotIn: _known(lambda item, many: not operator.contains(many, item)),
    ast.Not: operator.not_,
    ast.USub: lambda number: None if number is None else -number,
}
_NODES: Final = (
    ast.Expression, ast.BoolOp, ast.And, ast.Or, ast.UnaryOp, ast.Compare, ast.Attribute, ast.Name, ast.Load,
    ast.Constant, ast.List, ast.Tuple, *_OPERATORS,
)  # fmt: skip


class _Evaluator(simpleeval.EvalWithCompoundTypes):  # type: ignore[misc]
    """Fields are looked up in what was given and nowhere else: no method of anything can be reached."""

    def _eval_attribute(self, node: ast.Attribute) -> Any:
        holder = self._eval(node.value)
        return holder.get(node.attr) if isinstance(holder, Mapping) else None


@lru_cache(maxsize=256)
def parsed(expression: str) -> tuple[ast.expr, Mapping[str, frozenset[str]]]:
    """The expression, and which fields of which artifacts it looks at. Raises ValueError, in words for its author."""
    try:
        tree = ast.parse(expression, mode="eval")
    except SyntaxError as error:
        raise ValueError(f"this is not an expression ({error.msg})") from None
    fields: dict[str, set[str]] = {}
    inside: set[int] = set()
    for node in ast.walk(tree):
        if not isinstance(node, _NODES):
            raise ValueError(f"it has {_spelled(node)}: only artifact.field, values, and/or/not, comparisons and `in`")  # noqa: TRY004
        if isinstance(node, ast.Attribute):
            inside.add(id(node.value))
            if isinstance(node.value, ast.Name):
                fields.setdefault(node.value.id, set()).add(node.attr)
    loose = [
        node.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and id(node) not in inside and node.id not in _WORDS
    ]
    if loose:
        raise ValueError(f"{loose[0]} alone says nothing: write artifact.field, and texts in quotes")
    if not fields:
        raise ValueError("it looks at no artifact: write for instance icp.score >= 70")
    return tree.body, {name: frozenset(them) for name, them in fields.items()}


def holds(expression: str, values: Mapping[str, BaseModel]) -> bool:
    """Whether it is true of these values by artifact. Raises PermanentError for what cannot be compared."""
    tree, fields = parsed(expression)
    names = {
        name: values[name].model_dump(mode="json", include=set(them)) if name in values else None
        for name, them in fields.items()
    }
    evaluator = _Evaluator(operators=dict(_OPERATORS), functions={}, names={**_WORDS, **names})
    try:
        return bool(evaluator.eval(expression, previously_parsed=tree))
    except (TypeError, simpleeval.InvalidExpression) as error:
        raise PermanentError("questions", f"`when` {expression!r} cannot be decided: {error}") from error


def _spelled(node: ast.AST) -> str:
    return f"`{ast.unparse(node)}`" if isinstance(node, ast.expr) else type(node).__name__
