"""Plain HTTP and DNS clients, without the product's own retries and limits."""

import http.client
import socket
from dataclasses import dataclass
from typing import Any

import dns.message
import dns.query
import orjson

from enrichment_assets.sandbox.process import CLAY_ROUTE, Sandbox

KEYS = {"Authorization": "Bearer key", "X-API-KEY": "key", "Content-Type": "application/json"}
SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["verdict", "reason"],
    "properties": {
        "verdict": {"type": "string", "enum": ["fit", "not_fit", "unclear"]},
        "reason": {"type": "string"},
        "quote": {"type": ["string", "null"]},
    },
}


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return orjson.loads(self.body)


def call(
    sandbox: Sandbox,
    method: str,
    path: str,
    document: Any = None,
    *,
    headers: dict[str, str] | None = None,
    timeout_s: float = 5.0,
) -> Answer:
    """One request on a connection of its own. Raises what http.client and the socket raise."""
    connection = http.client.HTTPConnection("127.0.0.1", sandbox.http_port, timeout=timeout_s)
    try:
        body = document if isinstance(document, bytes) else None if document is None else orjson.dumps(document)
        connection.request(method, path, body, {**KEYS, **(headers or {})})
        response = connection.getresponse()
        return Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
    finally:
        connection.close()


def spider(sandbox: Sandbox, url: str = "https://acme.com", **parameters: Any) -> Answer:
    wanted = {"url": url, "return_format": ["raw", "markdown"], "metadata": True, **parameters}
    return call(sandbox, "POST", "/spider/scrape", wanted)


def llm(sandbox: Sandbox, page: str = "Acme is a payroll platform for HR departments.", **parameters: Any) -> Answer:
    request = {
        "model": "openai/gpt-4o-mini",
        "messages": [
            {"role": "system", "content": "Judge. Must haves:\n- M1. Its main product is software."},
            {"role": "user", "content": f"<page>\n{page}\n</page>"},
        ],
        "response_format": {"type": "json_schema", "json_schema": {"name": "a", "strict": True, "schema": SCHEMA}},
        "provider": {"require_parameters": True},
        **parameters,
    }
    return call(sandbox, "POST", "/openrouter/api/v1/chat/completions", request)


def said(answer: Answer) -> str:
    return str(answer.json()["choices"][0]["message"]["content"])


def serper(sandbox: Sandbox, query: str = '"Acme" acme.com', kind: str = "news", **parameters: Any) -> Answer:
    return call(sandbox, "POST", f"/serper/{kind}", {"q": query, **parameters})


def clay(sandbox: Sandbox, document: Any, **headers: str) -> Answer:
    return call(sandbox, "POST", CLAY_ROUTE, document, headers=headers)


def site(sandbox: Sandbox, host: str, path: str = "/", timeout_s: float = 5.0) -> Answer:
    return call(sandbox, "GET", path, headers={"Host": host}, timeout_s=timeout_s)


def provide(sandbox: Sandbox, provider: str, timeout_s: float = 5.0) -> Answer:
    """One call to any HTTP provider that succeeds when nothing is wrong."""
    match provider:
        case "spider":
            wanted = {"url": "https://acme.com", "return_format": "markdown", "metadata": True}
            return call(sandbox, "POST", "/spider/scrape", wanted, timeout_s=timeout_s)
        case "openrouter":
            request = {"model": "openai/gpt-4o-mini", "messages": [{"role": "user", "content": "Hello there."}]}
            return call(sandbox, "POST", "/openrouter/api/v1/chat/completions", request, timeout_s=timeout_s)
        case "serper":
            return call(sandbox, "POST", "/serper/news", {"q": "acme.com"}, timeout_s=timeout_s)
        case "clay":
            return call(sandbox, "POST", CLAY_ROUTE, {"domain": "acme.com"}, timeout_s=timeout_s)
        case "sites":
            return site(sandbox, "acme.com", timeout_s=timeout_s)
        case _:
            return call(sandbox, "GET", BOARD_PATHS[provider], timeout_s=timeout_s)


BOARD_PATHS = {
    "greenhouse": "/greenhouse/v1/boards/acme/jobs?content=true",
    "lever": "/lever/v0/postings/Acme?mode=json",
    "lever-eu": "/lever-eu/v0/postings/acme?mode=json",
    "ashby": "/ashby/posting-api/job-board/acme?includeCompensation=true",
    "workable": "/workable/api/v1/widget/accounts/acme?details=true",
    "smartrecruiters": "/smartrecruiters/v1/companies/Acme/postings?limit=100",
    "recruitee": "/recruitee/acme/api/offers/",
    "personio": "/personio/acme/xml?language=en",
    "teamtailor": "/teamtailor/acme/jobs.json",
}


def ask(sandbox: Sandbox, name: str, kind: str = "MX", *, timeout_s: float = 2.0) -> dns.message.Message:
    return dns.query.udp(dns.message.make_query(name, kind), "127.0.0.1", timeout_s, sandbox.dns_port)


def ask_tcp(sandbox: Sandbox, name: str, kind: str = "MX", *, timeout_s: float = 2.0) -> dns.message.Message:
    return dns.query.tcp(dns.message.make_query(name, kind), "127.0.0.1", timeout_s, sandbox.dns_port)


def ask_raw(sandbox: Sandbox, wire: bytes, timeout_s: float = 2.0) -> bytes:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.settimeout(timeout_s)
        udp.sendto(wire, ("127.0.0.1", sandbox.dns_port))
        return udp.recv(65_535)
