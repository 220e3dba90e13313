"""``enrich sandbox``: the sandbox in the terminal, until Ctrl-C."""

import asyncio
import shlex
from pathlib import Path
from typing import Any

import click
import orjson

from enrichment_assets.companies.intake import read_list
from enrichment_assets.companies.reading import UnreadableListError
from enrichment_assets.sandbox.event_loop import run
from enrichment_assets.sandbox.process import settings_of
from enrichment_assets.sandbox.server import serve
from enrichment_assets.sandbox.state import State
from enrichment_assets.sandbox.trouble.latency import Latency
from enrichment_assets.sandbox.world.world import World


def serve_until_interrupted(
    *, file: str | None, port: int, dns_port: int, profile: str, faults: str | None, limits: str | None, seed: int
) -> None:
    """Serve; print the settings as ``export`` lines. Raises click's UsageError for what cannot be understood."""
    state = State(World(seed=seed), latency=Latency(profile, seed))
    try:
        state.faults.set(parse_faults(faults or ""), seed)
        state.limits.set(parse_limits(limits or ""))
        if file:
            companies = read_list(Path(file)).companies
            state.world.learn({"domain": company.domain, "name": company.name} for company in companies)
    except (ValueError, UnreadableListError) as error:
        raise click.UsageError(str(error)) from error
    try:
        run(_serve(state, port, dns_port))
    except KeyboardInterrupt:
        click.echo("# stopped", err=True)
    except OSError as error:
        raise click.ClickException(f"cannot serve: {error}") from error


def parse_faults(text: str) -> dict[str, Any]:
    """``spider.http_500=0.1,dns.servfail=0.05`` or a JSON document as a fault specification. Raises ValueError."""
    if text.lstrip().startswith("{"):
        return dict(orjson.loads(text))
    faults: dict[str, Any] = {}
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        name, _, probability = part.partition("=")
        provider, dot, kind = name.partition(".")
        if not dot or not probability:
            raise ValueError(f"fault {part!r}: write provider.fault=probability, for example spider.http_500=0.1")
        faults.setdefault(provider, {})[kind] = float(probability)
    return faults


def parse_limits(text: str) -> dict[str, dict[str, float]]:
    """``serper=50,clay=10:20`` (requests per second, burst) as buckets. Raises ValueError."""
    limits: dict[str, dict[str, float]] = {}
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        provider, equals, rate = part.partition("=")
        if not equals:
            raise ValueError(f"limit {part!r}: write provider=rate or provider=rate:burst, for example clay=10:20")
        per_s, _, burst = rate.partition(":")
        limits[provider] = {"rate": float(per_s), "burst": float(burst or per_s)}
    return limits


async def _serve(state: State, port: int, dns_port: int) -> None:
    runner, http_port, dns_bound = await serve(state, port=port, dns_port=dns_port)
    click.echo(f"# Sandbox on http://127.0.0.1:{http_port}, DNS on 127.0.0.1:{dns_bound}. Stop it with Ctrl-C.")
    for name, value in settings_of(http_port, dns_bound).items():
        click.echo(f"export {name}={shlex.quote(value)}")
    try:
        await asyncio.Event().wait()
    finally:
        await runner.cleanup()
