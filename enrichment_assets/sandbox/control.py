"""``/_sandbox/…``: what the CLI and tests set up and look at. Not part of any provider's contract."""

import base64
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final

import orjson

from enrichment_assets.sandbox.state import State
from enrichment_assets.sandbox.trouble.latency import Latency
from enrichment_assets.sandbox.wire import Call, Reply, json_reply


def answer(state: State, call: Call) -> Reply:
    """One call of the control API; errors in what was given come back as 400 with the reason."""
    name = call.path.strip("/")
    if call.method == "GET":
        look = LOOKS.get(name)
        return json_reply(look(state, call)) if look else json_reply({"error": f"nothing at {name}"}, 404)
    change = CHANGES.get(name)
    if change is None:
        return json_reply({"error": f"nothing at {name}"}, 404)
    try:
        return json_reply({"ok": True, "result": change(state, call.json() if call.body else {})})
    except (ValueError, KeyError, TypeError) as error:
        return json_reply({"error": str(error)}, 400)


def _faults(state: State, given: Any) -> None:
    state.faults.set(given.get("faults", given), int(given.get("seed", 1)))


def _latency(state: State, given: Any) -> None:
    state.latency = Latency(given["profile"], int(given.get("seed", state.world.seed)))


def _pages(state: State, given: Any) -> None:
    for page in given if isinstance(given, list) else [given]:
        key = str(page["domain"]).lower() + str(page.get("path", ""))
        entry = {name: value for name, value in page.items() if name not in ("domain", "path")}
        if "base64" in entry:
            entry["base64"] = base64.b64decode(entry["base64"])
        elif "html" not in entry and "location" not in entry:
            raise ValueError("a page needs html, base64 or location")
        state.world.pages[key] = entry


def _dns(state: State, given: Any) -> None:
    words = {"null_mx", "implicit_mx", "nodata", "nxdomain", "servfail", "refused", "silence"}
    for name, answer_given in given.items():
        if isinstance(answer_given, str) and answer_given not in words:
            raise ValueError(f"{name}: {answer_given!r} is none of {', '.join(sorted(words))}")
        state.world.dns[str(name).rstrip(".").lower()] = answer_given


def _boards(state: State, given: Any) -> None:
    for board, bodies in given.items():
        state.world.boards.setdefault(board, {}).update(bodies)


def _clay(state: State, given: Any) -> None:
    for name in ("token", "lifetime", "dedupe_on", "acknowledges", "submissions"):
        if name in given:
            setattr(state.table, name, given[name])


def _clock(state: State, given: Any) -> None:
    state.world.today = date.fromisoformat(given["today"]) if given.get("today") else None


CHANGES: Final[Mapping[str, Callable[[State, Any], Any]]] = {
    "reset": lambda state, _given: state.reset(),
    "companies": lambda state, given: state.world.learn(given),
    "faults": _faults,
    "limits": lambda state, given: state.limits.set(given),
    "latency": _latency,
    "pages": _pages,
    "mx": _dns,
    "dns": _dns,
    "boards": _boards,
    "clay": _clay,
    "clock": _clock,
    "lost": lambda state, given: state.lost_usd.update({name: float(usd) for name, usd in given.items()}),
}
LOOKS: Final[Mapping[str, Callable[[State, Call], Any]]] = {
    "bill": lambda state, _call: state.bill.report(),
    "received": lambda state, call: state.table.rows[int(call.query.get("after") or 0) :],
    "faults": lambda state, _call: state.faults.report(),
    "limits": lambda state, _call: {name: traffic.report() for name, traffic in state.limits.traffic.items()},
    "clay": lambda state, _call: {"submissions": state.table.submissions, "rows": len(state.table.rows)},
    "company": lambda state, call: orjson.loads(orjson.dumps(state.world.company(call.query["domain"]))),
    "health": lambda _state, _call: {"ok": True},
}
