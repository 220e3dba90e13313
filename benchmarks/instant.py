"""A model's endpoint that takes no time: the sandbox's answer to the first question is the answer to all others."""

import asyncio
import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from urllib.parse import urlsplit

import aiohttp
from aiohttp import web
from yarl import URL

from enrichment_assets.sandbox.event_loop import run


@contextmanager
def instant(base_url: str) -> Iterator[str]:
    """The base URL of the endpoint, in a process of its own; ``base_url``: whom it asks once."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(base_url, theirs), daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{ours.recv()}{urlsplit(base_url).path}"
    finally:
        process.kill()
        process.join()


def _serve(base_url: str, parent: Connection) -> None:
    run(_main(base_url, parent))


async def _main(base_url: str, parent: Connection) -> None:
    first = asyncio.Lock()
    answers: list[bytes] = []

    async def answer(request: web.BaseRequest) -> web.Response:
        question = await request.read()
        async with first:
            if not answers:
                async with aiohttp.ClientSession() as session:
                    given = {name: request.headers[name] for name in ("Authorization", "Content-Type")}
                    url = URL(base_url).with_path(request.path)
                    async with session.post(url, data=question, headers=given) as said:
                        answers.append(await said.read())
        return web.Response(body=answers[0], content_type="application/json")

    runner = web.ServerRunner(web.Server(answer, access_log=None))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    parent.send(runner.addresses[0][1])
    await asyncio.Event().wait()
