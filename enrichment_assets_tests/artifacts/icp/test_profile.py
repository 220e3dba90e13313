import os
from pathlib import Path

import pytest

from enrichment_assets.artifacts.icp import profile
from enrichment_assets.artifacts.icp.profile import load_profile, parse_profile, write_default
from enrichment_assets.core.errors import MisconfiguredError
from enrichment_assets.core.settings import Settings
from enrichment_assets_tests.builtin import CATALOG

GOOD = """\
we_sell: Payroll software
we_sell_to: Restaurants with staff
must_haves:
  - It runs at least one restaurant
disqualifiers:
  - It only delivers
size: 10 to 200 employees
regions: [Portugal, Spain]
"""


@pytest.fixture
def in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def settings(**values: object) -> Settings:
    return Settings(_env_file=None, **values)  # type: ignore[call-arg, arg-type]


def test_without_a_file_the_shipped_profile_is_used_and_says_so_once(
    in_an_empty_folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    profile._shipped.cache_clear()
    loaded = load_profile(settings())
    assert load_profile(settings()) is loaded
    assert [entry.message for entry in caplog.records if "No icp.yaml here" in entry.message] == [
        "No icp.yaml here: judging by the profile that ships (B2B software). `enrich init` writes one to edit."
    ]
    assert loaded.is_default
    assert loaded.source == "the profile that ships"
    assert [criterion.id for criterion in loaded.profile.criteria] == ["M1", "M2", "D1", "D2", "D3"]


def test_icp_yaml_in_the_current_folder_is_used(in_an_empty_folder: Path) -> None:
    (in_an_empty_folder / "icp.yaml").write_text(GOOD)
    loaded = load_profile(settings())
    assert not loaded.is_default
    assert [(c.id, c.kind) for c in loaded.profile.criteria] == [
        ("M1", "must_have"),
        ("D1", "disqualifier"),
        ("S1", "size"),
        ("R1", "region"),
    ]


def test_a_must_have_is_a_line_or_says_that_it_is_presumed() -> None:
    text = GOOD.replace("  - It runs", "  - text: It has cooks\n    unless_contradicted: true\n  - It runs")
    profile = parse_profile(text, "icp.yaml")
    assert [(c.id, c.text, c.presumed) for c in profile.criteria][:2] == [
        ("M1", "It has cooks", True),
        ("M2", "It runs at least one restaurant", False),
    ]
    assert profile.sha != parse_profile(text.replace("true", "false"), "icp.yaml").sha


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        (
            "text: It cooks\n    unless_contradicted: maybe",
            "line 5: `must_haves` 1. `unless_contradicted` cannot be used",
        ),
        (
            "text: It cooks\n    presumed: true",
            "`must_haves` 1. `presumed` is not a word of this file: known are text, unless",
        ),
        ("unless_contradicted: true", "line 4: `must_haves` 1. is missing"),
        ("text: x", "line 4: `must_haves` 1. is too short"),
        ("[a, b]", "line 4: `must_haves` 1. should be text"),
        ("text: it runs AT least one restaurant", "the same line stands here twice"),
    ],
)
def test_a_must_have_that_cannot_be_used_is_named(line: str, complaint: str) -> None:
    with pytest.raises(MisconfiguredError) as raised:
        parse_profile(GOOD.replace("  - It runs", f"  - {line}\n  - It runs"), "icp.yaml")
    assert complaint in str(raised.value)


def test_a_profile_that_was_named_and_is_not_there_is_an_error(in_an_empty_folder: Path) -> None:
    with pytest.raises(MisconfiguredError, match=r"ENRICHMENT_ICP_PROFILE is mine\.yaml, and no such file exists"):
        load_profile(settings(enrichment_icp_profile=Path("mine.yaml")))


def test_the_shipped_profile_can_be_copied_and_is_never_overwritten(in_an_empty_folder: Path) -> None:
    write_default(Path("icp.yaml"))
    assert load_profile(settings()).profile.sha == parse_profile(Path("icp.yaml").read_text(), "icp.yaml").sha
    with pytest.raises(FileExistsError):
        write_default(Path("icp.yaml"))


def test_a_changed_file_is_read_again_and_is_another_version(in_an_empty_folder: Path) -> None:
    file = in_an_empty_folder / "icp.yaml"
    file.write_text(GOOD)
    first = CATALOG["icp"].version(settings())
    file.write_text(GOOD.replace("Restaurants", "Pubs"))
    os.utime(file, ns=(1, 1))
    assert CATALOG["icp"].version(settings()) != first


def test_comments_and_layout_do_not_make_another_version(in_an_empty_folder: Path) -> None:
    assert parse_profile("# new\n" + GOOD, "a").sha == parse_profile(GOOD, "b").sha


def test_model_and_fallback_model_make_another_version(in_an_empty_folder: Path) -> None:
    versions = {
        CATALOG["icp"].version(settings()),
        CATALOG["icp"].version(settings(openrouter_model="a/b")),
        CATALOG["icp"].version(settings(openrouter_fallback_model="a/b")),
    }
    assert len(versions) == 3


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "icp.yaml line 1: the file should hold lines such as"),
        ("- a list", "icp.yaml line 1: the file should hold lines such as"),
        (GOOD + "sells: x\n", "icp.yaml line 9: `sells` is not a word of this file: known are name, we_sell"),
        (GOOD.replace("we_sell: Payroll", "we_sell: [Payroll]\nx:"), "icp.yaml line 1: `we_sell` should be text"),
        (GOOD.replace("  - It only", "  - 42\n  - It only"), "icp.yaml line 6: `disqualifiers` 1. should be text"),
        (GOOD.replace("we_sell_to", "# we_sell_to"), "icp.yaml line 1: `we_sell_to` is missing: add it"),
        (GOOD.replace("  - It runs at least one restaurant\n", ""), "icp.yaml line 3: `must_haves` should be a list"),
        (GOOD.replace("size: 10", "size: \t10: to"), "icp.yaml line 7: this is not YAML"),
        (GOOD + "size: again\n", "icp.yaml line 9: this is not YAML (found duplicate key"),
        (GOOD.replace("[Portugal", "[Portugal, spain"), "icp.yaml line 8: `regions` cannot be used: the same line"),
        (GOOD + "name: " + "x" * 400, "icp.yaml line 9: `name` is too long: at most 300 characters"),
        (GOOD + "examples:\n  fit: [Acme]\n  good: [x]\n", "icp.yaml line 11: `examples` `good` is not a word"),
        ("\x00", "icp.yaml line 1: this is not YAML"),
        ("a: !!python/object/apply:os.system [true]", "icp.yaml line 1:"),
    ],
)
def test_an_error_names_the_file_the_line_and_the_remedy(text: str, complaint: str) -> None:
    with pytest.raises(MisconfiguredError) as raised:
        parse_profile(text, "icp.yaml")
    assert complaint in str(raised.value)


def test_a_file_that_is_not_utf8_or_far_too_large_is_refused(in_an_empty_folder: Path) -> None:
    file = in_an_empty_folder / "icp.yaml"
    file.write_bytes(GOOD.encode() + b"name: \xff\n")
    with pytest.raises(MisconfiguredError, match=r"icp\.yaml line 9: a character is not UTF-8"):
        load_profile(settings())
    file.write_text("#" * 100_000)
    with pytest.raises(MisconfiguredError, match="keep it below"):
        load_profile(settings())


LAUGHS = "a0: &a0 [lol, lol]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 40))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (LAUGHS, "line 2.*repeats another place"),
        ("must_haves: &all\n  - *all\n", "line 2.*repeats another place"),
        ("base: &base {a: b}\nwe_sell:\n  <<: *base\n", "line 3.*repeats another place"),
        ("we_sell: " + "[" * 30_000, "nested more than 20 levels"),
        ("we_sell: " + "{a: " * 10_000, "nested more than 20 levels"),
    ],
)
def test_a_profile_that_would_grow_is_refused_by_its_line(text: str, said: str) -> None:
    with pytest.raises(MisconfiguredError, match=said):
        parse_profile(text, "icp.yaml")
