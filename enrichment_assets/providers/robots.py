"""robots.txt of the obvious kind: what a site asks everybody, or us by name, to leave alone (RFC 9309)."""

from urllib.robotparser import RobotFileParser

USER_AGENT_NAME = "enrichment-assets"
MAX_BYTES = 500_000
"""RFC 9309 §2.5 asks to read at least 500 KiB."""


class Robots:
    """The rules of one host."""

    def __init__(self, body: str | None) -> None:
        self._parser: RobotFileParser | None = None
        if body:
            self._parser = RobotFileParser()
            self._parser.parse(body.splitlines())

    def allows(self, url: str) -> bool:
        """Whether we may fetch it."""
        return self._parser is None or self._parser.can_fetch(USER_AGENT_NAME, url)
