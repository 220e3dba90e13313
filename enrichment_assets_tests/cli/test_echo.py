"""What strangers wrote, on a terminal; and secrets, on a command line."""

import re
import subprocess
import sys
import time
import unicodedata
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from enrichment_assets.cli.echo import plain, say
from enrichment_assets.cli.main import cli
from enrichment_assets.cli.opening import webhook_address

CLI = Path(__file__).parents[2] / "enrichment_assets" / "cli"
ACTING = [
    chr(code)
    for code in range(sys.maxunicode)
    if unicodedata.category(chr(code)) in {"Cc", "Zl", "Zp"}
    or unicodedata.bidirectional(chr(code)) in {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
]


def test_no_control_reaches_a_terminal(capsys: pytest.CaptureFixture[str]):
    assert {"\x9b", "\u202e", "\u2028", "\x1b", "\r", "\x07"} <= set(ACTING)
    say("a" + "".join(ACTING) + "b")
    say("a" + "".join(ACTING) + "b", err=True)
    shown = capsys.readouterr()
    assert set(shown.out) == set(shown.err) == {"a", "b", " ", "\n"}


def test_words_of_every_script_stay_as_they_are():
    for text in ("Müller & Söhne", "株式会社", "شركة", "कंपनी", "𝔸cme 🚀", "A – B", ""):
        assert plain(text) == text


def test_an_error_is_shown_plainly(tmp_path: Path):
    path = tmp_path / "a\x9b31m\u202e.csv"
    path.write_text("colour\x1b[2J\u2028,taste\nred,sweet\n")
    command = [sys.executable, "-m", "enrichment_assets", "run", "--sandbox", "--file", str(path)]
    shown = subprocess.run(command, check=False, capture_output=True, text=True, cwd=tmp_path, timeout=120)
    assert shown.returncode == 2
    assert not set(shown.stdout + shown.stderr) & {character for character in ACTING if character != "\n"}


def test_nothing_in_the_command_prints_by_another_way():
    for module in CLI.rglob("*.py"):
        if module.name != "echo.py":
            found = re.findall(r"\bclick\.s?echo\(|(?<![\w.])print\(|sys\.std(?:out|err)\.write", module.read_text())
            assert not found, f"{module.name}: say() instead of {found}"


def test_a_webhook_may_be_named_by_file_or_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    file = tmp_path / "webhook"
    file.write_text("https://example.com/token\n")
    monkeypatch.setenv("MY_WEBHOOK", "https://example.com/token")
    assert webhook_address(f"@{file}") == webhook_address("env:MY_WEBHOOK") == "https://example.com/token"
    for nothing in ("env:NO_SUCH_NAME", "@/nowhere"):
        with pytest.raises(click.UsageError, match=re.escape(nothing)):
            webhook_address(nothing)


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="reads command lines from /proc")
@pytest.mark.parametrize("form", ["--webhook {}", "--webhook={}"])
def test_a_webhook_given_as_an_address_is_not_in_the_process_list(tmp_path: Path, form: str):
    secret = "https://example.com/pull-in-data-from-a-webhook-5ec12e7"
    listed = tmp_path / "list.csv"
    listed.touch()
    command = [sys.executable, "-m", "enrichment_assets", "deliver", *form.format(secret).split(), "--file"]
    # A list that never comes: the command waits for it.
    listed = tmp_path / "pipe.csv"
    subprocess.run(["mkfifo", str(listed)], check=True)
    process = subprocess.Popen([*command, str(listed)], cwd=tmp_path, stderr=subprocess.DEVNULL)
    try:
        line = ""
        for _ in range(200):
            line = Path(f"/proc/{process.pid}/cmdline").read_text()
            if "env:ENRICHMENT_WEBHOOK_GIVEN" in line:
                break
            time.sleep(0.05)
        assert "env:ENRICHMENT_WEBHOOK_GIVEN" in line
        assert "5ec12e7" not in line
        assert process.poll() is None
    finally:
        process.kill()
        process.wait()


def test_a_webhook_that_is_no_address_is_refused_without_being_shown(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("MY_WEBHOOK", "5ec12e7")
    result = CliRunner().invoke(cli, ["deliver", "--webhook", "env:MY_WEBHOOK"])
    assert result.exit_code == 2
    assert "5ec12e7" not in result.output
