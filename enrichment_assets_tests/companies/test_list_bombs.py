"""A few kilobytes that stand for gigabytes, and files that are no lists."""

import bz2
import gzip
import subprocess
import sys
import zipfile

import polars as pl
import pytest
import xlsxwriter

from enrichment_assets.companies.intake import read_list
from enrichment_assets.companies.reading import UnreadableListError

_PEAK = """
import resource, sys
from enrichment_assets.companies.intake import read_list
from enrichment_assets.companies.reading import UnreadableListError
try:
    print("read", read_list(sys.argv[1]).counts["company"])
except UnreadableListError as error:
    print("refused", error)
own = next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM"))
print((own + resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss) // 1024)
"""


def _gzip(path):
    with gzip.open(path, "wb") as file:
        file.write(b"Company,Website\n")
        for _ in range(300):
            file.write(b"A" * 1_000_000)


def _bzip2(path):
    path.write_bytes(bz2.compress(b"Company,Website\n" + b"A" * 100_000_000))


def _parquet(path):
    rows = 3_000_000
    name = pl.Series("Company", ["x" * 1_000]).new_from_index(0, rows)
    pl.DataFrame([name, pl.Series("Website", ["a.com"]).new_from_index(0, rows)]).write_parquet(path)


def _shared_string(path):
    """300,000 cells of one text of 32,000 characters."""
    plain = path.with_name("plain.xlsx")
    with xlsxwriter.Workbook(plain) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["Company", "Website"])
        for row in range(1, 60_000):
            sheet.write(row, 0, "x")
            sheet.write(row, 1, "y")
    with zipfile.ZipFile(plain) as source, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as bomb:
        for name in source.namelist():
            data = source.read(name)
            if name.endswith("sharedStrings.xml"):
                data = data.replace(b"<t>x</t>", b"<t>" + b"x" * 32_000 + b"</t>")
            bomb.writestr(name, data)


def _far_cell(path):
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["Company", "Website"])
        sheet.write(1_048_575, 16_383, "far")


@pytest.mark.skipif(sys.platform != "linux", reason="memory is measured by /proc")
@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("b.csv.gz", _gzip),
        ("b.csv.bz2", _bzip2),
        ("b.parquet", _parquet),
        ("shared.xlsx", _shared_string),
        ("far.xlsx", _far_cell),
    ],
)
def test_a_bomb_is_refused_within_a_gigabyte(tmp_path, name, make):
    path = tmp_path / name
    make(path)
    assert path.stat().st_size < 3_000_000
    done = subprocess.run([sys.executable, "-c", _PEAK, str(path)], capture_output=True, text=True, check=True)
    said, peak = done.stdout.strip().rsplit("\n", 1)
    assert said.startswith("refused")
    assert name in said
    assert int(peak) < 1_000


def test_what_follows_a_packed_list_is_not_unpacked(tmp_path):
    path = tmp_path / "list.csv.gz"
    path.write_bytes(gzip.compress(b"Website\nacme.com\n") + bytes(1_000_000))
    assert read_list(path).counts["company"] == 1


def test_a_list_in_several_members_is_read_whole(tmp_path):
    path = tmp_path / "list.csv.gz"
    path.write_bytes(gzip.compress(b"Website\nacme.com\n") + gzip.compress(b"beta.io\n"))
    assert read_list(path).counts["company"] == 2


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (".env", "OPENROUTER_API_KEY=sk-or-v1-0123456789abcdef\nCLAY_WEBHOOK_TOKEN=abcdef0123456789\n"),
        (".netrc", "machine api.example.com login me password hunter22secret\n"),
        ("credentials", "[default]\naws_access_key_id = AKIA0123456789\naws_secret_access_key = secret/key+1\n"),
        ("id_rsa", "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXk\n-----END OPENSSH PRIVATE KEY-----\n"),
        ("passwords.csv", "me,hunter22secret,sk-0123\nyou,secret/9,sk-4567\n"),
        ("token.json", '{"token": "sk-0123456789abcdef"}'),
        ("tokens.json", '[{"token": "sk-0123456789abcdef"}]'),
        ("broken.json", '{"token": "sk-0123456789abcdef"'),
        ("quotes.csv", 'a,"sk-0123\nb,sk-"45"67\n'),
    ],
)
def test_an_error_about_a_file_that_is_no_list_shows_none_of_it(tmp_path, name, text):
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(UnreadableListError) as raised:
        read_list(path)
    said = str(raised.value)
    assert not [part for part in ("sk-", "AKIA", "secret", "b3Blbn", "abcdef", "hunter") if part in said]
