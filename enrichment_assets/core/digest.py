"""One short hash for everything that has a version."""

import hashlib

import orjson


def digest(*parts: object) -> str:
    """A short stable hash of JSON-able parts, for versions."""
    return hashlib.sha256(orjson.dumps(parts, option=orjson.OPT_SORT_KEYS)).hexdigest()[:16]
