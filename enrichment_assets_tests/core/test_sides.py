"""A home is the sandbox's or real: the marker decides, and without one what is there and the folder's name."""

import shutil
from pathlib import Path

import pytest

from enrichment_assets.cache.instance import check_instance, open_instance
from enrichment_assets.core.errors import MisconfiguredError
from enrichment_assets.core.settings import GivenSettings, Settings
from enrichment_assets.core.sides import FILE, check_side, keep_apart
from enrichment_assets.storage.state import open_state


def real(home: Path, **more: str) -> Settings:
    return GivenSettings(dagster_home=home, **more)


def made_up(home: Path) -> Settings:
    return GivenSettings(dagster_home=home, enrichment_sandbox="127.0.0.1:1")


@pytest.mark.parametrize(("own", "other", "says"), [(real, made_up, "is a real one"), (made_up, real, "made up")])
def test_a_home_belongs_to_whoever_opened_it_first(tmp_path: Path, own, other, says: str) -> None:
    with open_instance(own(tmp_path / "home")) as instance:
        open_state(own(tmp_path / "home")).dispose()
        for refuses in (
            lambda: open_instance(other(tmp_path / "home")),
            lambda: open_state(other(tmp_path / "home")),
            lambda: check_instance(instance, other(tmp_path / "elsewhere")),
        ):
            with pytest.raises(MisconfiguredError, match=says):
                refuses()
        check_instance(instance, own(tmp_path / "elsewhere"))
    shutil.copytree(tmp_path / "home", tmp_path / "copied")
    with pytest.raises(MisconfiguredError, match=says):
        check_side(other(tmp_path / "copied"))


@pytest.mark.parametrize("file", ["dagster.yaml", "enrichment.db"])
@pytest.mark.parametrize(("name", "own", "other"), [("sandbox", made_up, real), ("home", real, made_up)])
def test_a_home_of_before_the_marker_is_real_unless_it_is_the_sandbox_folder(
    tmp_path: Path, file: str, name: str, own, other
) -> None:
    home = tmp_path / name
    home.mkdir()
    (home / file).touch()
    with pytest.raises(MisconfiguredError):
        keep_apart(other(home))
    keep_apart(own(home))
    assert (home / FILE).exists()


def test_a_real_home_may_be_called_sandbox_and_a_look_at_a_new_one_makes_nothing(tmp_path: Path) -> None:
    home = tmp_path / "sandbox"
    check_side(real(home))
    assert not home.exists()
    keep_apart(real(home))
    with open_instance(real(home)):
        pass
    with pytest.raises(MisconfiguredError):
        keep_apart(made_up(home))


def test_a_marker_that_says_neither_is_refused_by_both(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("")
    for settings in (real(tmp_path), made_up(tmp_path)):
        with pytest.raises(MisconfiguredError, match="whose home"):
            check_side(settings)


@pytest.mark.parametrize(
    ("setting", "place"),
    [
        ("enrichment_store", "{}/artifacts"),
        ("enrichment_store", "file://{}/artifacts"),
        ("enrichment_state_db", "sqlite:///{}/enrichment.db"),
    ],
)
def test_a_sandboxs_state_is_refused_wherever_a_real_setting_names_it(tmp_path: Path, setting: str, place: str) -> None:
    """Also one of before the marker."""
    (tmp_path / "sandbox").mkdir()
    (tmp_path / "sandbox" / "enrichment.db").touch()
    with pytest.raises(MisconfiguredError, match=setting.upper()):
        open_state(real(tmp_path / "home", **{setting: place.format(tmp_path / "sandbox")}))
