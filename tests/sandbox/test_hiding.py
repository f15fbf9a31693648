"""Which places are covered."""

from pathlib import Path, PurePosixPath

import pytest

import codestone
from codestone.errors import SandboxError
from codestone.sandbox.hiding import covered
from codestone.sandbox.spec import Mount


def test_packages_are_covered_where_they_are_mounted(tmp_path):
    """Package folders are covered at the mount's target, whatever the interpreter."""
    for name in (
        "lib/python3.12/site-packages",
        "lib/python3/dist-packages",
        "a/.venv/lib/python3.11/site-packages",
    ):
        (tmp_path / name / "codestone").mkdir(parents=True)
    places = covered([Mount(source=tmp_path, target=PurePosixPath("/m"))], [])
    assert [str(place) for place in places] == [
        "/m/a/.venv/lib/python3.11/site-packages",
        "/m/lib/python3/dist-packages",
        "/m/lib/python3.12/site-packages",
    ]


def test_a_hidden_place_below_a_hidden_place_needs_no_cover(tmp_path):
    """Only the outermost of nested hidden folders is covered."""
    (tmp_path / "a" / "b").mkdir(parents=True)
    places = covered([Mount.same(tmp_path)], [tmp_path / "a" / "b", tmp_path / "a"])
    assert places == [PurePosixPath(tmp_path / "a")]


def test_links_are_seen_through(tmp_path):
    """A hidden folder is found through a link, of the mount's source or its own."""
    (tmp_path / "real" / "tests").mkdir(parents=True)
    (tmp_path / "link").symlink_to("real")
    mount = Mount(source=tmp_path / "link", target=PurePosixPath("/m"))
    assert covered([mount], [tmp_path / "link" / "tests"]) == [PurePosixPath("/m/tests")]
    assert covered([mount], [tmp_path / "real" / "tests"]) == [PurePosixPath("/m/tests")]


def test_we_are_hidden_wherever_we_are_installed():
    """Our own package is covered below any mount that holds it."""
    package = Path(codestone.__path__[0]).resolve()
    places = covered([Mount.same(package.parents[1])], [])
    assert any(PurePosixPath(package).is_relative_to(place) for place in places)


def test_a_file_may_be_shown_from_a_hidden_folder(tmp_path):
    """One file, named by the caller, may be mounted although its folder is hidden; a folder may not."""
    (tmp_path / "worker.py").touch()
    (tmp_path / "inner").mkdir()
    assert covered([Mount.same(tmp_path / "worker.py")], [tmp_path]) == []
    with pytest.raises(SandboxError):
        covered([Mount.same(tmp_path / "inner")], [tmp_path])
