import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import psutil
import pytest

from enrichment_assets.core.errors import PermanentError, TransientError
from enrichment_assets.core.reader_process import ReadingError
from enrichment_assets.core.readers import Readers
from enrichment_assets_tests.core import tasks

MODULES = ("enrichment_assets_tests.core.tasks",)


@pytest.fixture
async def readers() -> AsyncIterator[Readers]:
    readers = Readers(workers=2, cpu_s=0.5, memory_mb=200, modules=MODULES)
    yield readers
    await readers.aclose()


async def test_a_function_is_carried_out_in_another_process_without_our_environment(
    readers: Readers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPIDER_API_KEY", "secret")
    assert await readers.read("text", tasks.doubled, "ab" * 500_000) == "ab" * 1_000_000
    pid, environment = await readers.read("it", tasks.who)
    assert pid != os.getpid()
    assert "SPIDER_API_KEY" not in environment


@pytest.mark.parametrize("endless", [tasks.endless_in_python, tasks.endless_in_c])
async def test_what_takes_too_long_is_ended_and_named(readers: Readers, endless: Callable[[], None]) -> None:
    with pytest.raises(PermanentError, match=r"the page of acme\.com took more than 0\.5 s to read"):
        await readers.read("the page of acme.com", endless)
    assert await readers.read("text", tasks.doubled, "a") == "aa"


async def test_what_takes_too_much_memory_is_ended_and_named(readers: Readers) -> None:
    with pytest.raises(PermanentError, match=r"the page of acme\.com took more than 200 MB to read"):
        await readers.read("the page of acme.com", tasks.bomb)


async def test_errors_of_a_reading_come_back(readers: Readers) -> None:
    with pytest.raises(PermanentError, match="board: not a feed"):
        await readers.read("it", tasks.refused)
    with pytest.raises(ReadingError, match="KeyError: 'x'"):
        await readers.read("it", tasks.broken)
    with pytest.raises(PermanentError, match="broke its reader"):
        await readers.read("it", tasks.crashing)


async def test_a_worker_that_a_page_has_taken_over_cannot_send_what_is_not_ours(readers: Readers) -> None:
    with pytest.raises(ReadingError, match=r"an answer holds posix\.system"):
        await readers.read("it", tasks.taken_over)


async def test_nobody_waits_for_slow_ones() -> None:
    readers = Readers(workers=2, cpu_s=30, memory_mb=200, modules=MODULES)
    slow = [asyncio.create_task(readers.read("it", tasks.endless_in_python)) for _ in range(2)]
    await asyncio.sleep(0)
    await asyncio.gather(*(readers.read("text", tasks.doubled, "a") for _ in range(100)))
    assert not any(task.done() for task in slow)
    for task in slow:
        task.cancel()
    await readers.aclose()


async def test_a_busy_or_sleeping_machine_is_no_reason_to_refuse_a_page() -> None:
    readers = Readers(workers=1, cpu_s=0.2, memory_mb=200, modules=MODULES)
    await readers.read("it", tasks.asleep, 0.6)
    with pytest.raises(TransientError, match="was not read within 3 s"):
        await readers.read("it", tasks.asleep, 60.0)
    await readers.aclose()


async def test_a_worker_that_is_killed_from_outside_is_replaced(readers: Readers, tmp_path: Path) -> None:
    assert await readers.read("it", tasks.killed_from_outside, str(tmp_path / "marker")) == "read"
    with pytest.raises(TransientError, match="killed twice"):
        await readers.read("it", tasks.killed)


async def test_the_process_that_starts_workers_may_be_killed_too(readers: Readers) -> None:
    worker, _ = await readers.read("it", tasks.who)
    nursery = psutil.Process(psutil.Process(worker).ppid())
    nursery.kill()
    nursery.wait()
    with pytest.raises(PermanentError):
        await readers.read("it", tasks.endless_in_c)
    assert await readers.read("it", tasks.doubled, "a") == "aa"


async def test_ctrl_c_does_not_end_a_reading_and_closing_ends_them_all(readers: Readers) -> None:
    others = psutil.Process().children(recursive=True)
    reading = asyncio.create_task(readers.read("it", tasks.computing, 0.3))
    await asyncio.sleep(0.15)
    family = [process for process in psutil.Process().children(recursive=True) if process not in others]
    for process in family:
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGTERM)
    assert await reading == 0.3
    endless = asyncio.create_task(readers.read("it", tasks.endless_in_python))
    await asyncio.sleep(0.2)
    family = [process for process in psutil.Process().children(recursive=True) if process not in others]
    endless.cancel()
    await asyncio.gather(endless, return_exceptions=True)
    await readers.aclose()
    left = psutil.wait_procs(family, 30)[1]
    assert [process for process in left if process.children() or process.ppid() != os.getpid()] == [], (
        "the one that forks"
    )


def test_workers_die_with_the_run_that_started_them(tmp_path: Path) -> None:
    script = (
        "import asyncio, sys\n"
        "from enrichment_assets.core.readers import Readers\n"
        "from enrichment_assets_tests.core import tasks\n"
        f"readers = lambda: Readers(workers=1, cpu_s=60, memory_mb=200, modules={MODULES!r})\n"
        "async def main(): await readers().read('it', tasks.endless_in_python, sys.argv[1])\n"
        "asyncio.run(main())\n"
    )
    pid_file = tmp_path / "pid"
    run = subprocess.Popen([sys.executable, "-c", script, str(pid_file)], cwd=Path(__file__).parents[2])
    while not (pid_file.exists() and pid_file.read_text()):
        time.sleep(0.05)
    worker = psutil.Process(int(pid_file.read_text()))
    run.kill()
    run.wait()
    assert not psutil.wait_procs([worker], 5)[1]
