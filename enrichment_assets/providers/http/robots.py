"""robots.txt of the obvious kind: what a site asks everybody, or us by name, to leave alone (RFC 9309)."""

import contextlib
from urllib.robotparser import RobotFileParser

USER_AGENT_NAME = "enrichment-assets"
MAX_BYTES = 500_000
"""RFC 9309 §2.5 asks to read at least 500 KiB."""


class Robots:
    """The rules of one host. Rules that cannot be read are no wishes."""

    def __init__(self, body: str | None) -> None:
        self._parser: RobotFileParser | None = None
        if body:
            parser = RobotFileParser()
            with contextlib.suppress(ValueError):  # a path such as //[x, which urllib takes for half an IPv6 address
                parser.parse(body.splitlines())
                self._parser = parser

    def allows(self, url: str) -> bool:
        """Whether we may fetch it."""
        return self._parser is None or self._parser.can_fetch(USER_AGENT_NAME, url)
