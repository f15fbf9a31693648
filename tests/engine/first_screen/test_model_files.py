import json
from pathlib import Path

import pytest

from codestone.engine.first_screen import model_files as module
from codestone.engine.first_screen.model_files import folders, model_files


def put(path: Path, size: int) -> Path:
    """Write a file of that many bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"\0" * size)
    return path


@pytest.fixture
def environ(tmp_path) -> dict[str, str]:
    """A home of its own, and nothing else."""
    return {"HOME": str(tmp_path)}


def found(environ: dict[str, str]) -> dict[str, tuple[int, str]]:
    """Return size and place by name, of what lies below this home."""
    files = model_files(limit_s=60, environ=environ).files
    return {file.name: (file.size_bytes, file.place) for file in files if environ["HOME"] in str(file.path)}


def test_every_usual_place_is_looked_at(tmp_path, environ):
    """Each with its own way of keeping files."""
    put(tmp_path / ".lmstudio/models/unsloth/Q-GGUF/q-Q4_K_M.gguf", 40)
    put(tmp_path / "models/deep/er/own.gguf", 30)
    blob = put(tmp_path / ".cache/huggingface/hub/models--a--b/blobs/0123", 20)
    link = tmp_path / ".cache/huggingface/hub/models--a--b/snapshots/9f/h.gguf"
    link.parent.mkdir(parents=True)
    link.symlink_to(blob)
    assert found(environ) == {
        "q-Q4_K_M": (40, "LM Studio"),
        "own": (30, "~/models"),
        "h": (20, "Hugging Face"),
    }


def test_ollamas_models_have_the_names_that_it_is_asked_for(tmp_path, environ):
    """By its manifests; one whose weights are gone, and one that is no manifest, are left out."""
    store = tmp_path / "store"
    environ["OLLAMA_MODELS"] = str(store)
    put(store / "blobs/sha256-aa", 50)
    layers = [
        {"mediaType": "application/vnd.ollama.image.license", "digest": "sha256:ff", "size": 1},
        {"mediaType": "application/vnd.ollama.image.model", "digest": "sha256:aa", "size": 50},
    ]
    for name, text in {
        "registry.ollama.ai/library/qwen3/8b": json.dumps({"layers": layers}),
        "registry.ollama.ai/me/mine/latest": json.dumps({"layers": layers[1:]}),
        "registry.ollama.ai/library/gone/1b": json.dumps({"layers": [{**layers[1], "digest": "sha256:bb"}]}),
        "registry.ollama.ai/library/odd/1b": "[",
        "registry.ollama.ai/library/list/1b": "[1]",
    }.items():
        put(store / "manifests" / name, 0).write_text(text)
    names = set(found(environ))
    assert names in ({"qwen3:8b"}, {"me/mine:latest"})  # the same weights are one file


def test_a_split_model_is_one_and_parts_that_are_no_model_are_none(tmp_path, environ):
    """Its size is that of all parts; one that misses a part is left out."""
    for part in (1, 2):
        put(tmp_path / f"models/big-0000{part}-of-00002.gguf", 10)
    put(tmp_path / "models/torn-00001-of-00002.gguf", 10)
    put(tmp_path / "models/mmproj-model-f16.gguf", 10)
    put(tmp_path / "models/readme.md", 10)
    (tmp_path / "models/nowhere.gguf").symlink_to(tmp_path / "nothing")
    assert found(environ) == {"big-00001-of-00002": (20, "~/models")}


def test_nothing_outside_the_usual_places_is_looked_at(tmp_path, environ):
    """Neither the home itself, nor where a link to a folder leads, nor very deep folders."""
    put(tmp_path / "Downloads/q.gguf", 10)
    (tmp_path / "models").mkdir()
    (tmp_path / "models/link").symlink_to(tmp_path / "Downloads")
    put(tmp_path / "models/1/2/3/4/5/6/deep.gguf", 10)
    put(tmp_path / "models/1/2/3/4/5/reached.gguf", 10)
    assert list(found(environ)) == ["reached"]


def test_a_search_that_is_cut_short_says_so_and_keeps_what_it_has(tmp_path, environ, monkeypatch):
    """By the number of entries, and by time."""
    for number in range(20):
        put(tmp_path / f"models/{number:02}.gguf", 1)
    monkeypatch.setattr(module, "MOST_ENTRIES", 5)
    files = model_files(limit_s=60, environ=environ)
    assert (len(files.files), files.whole) == (5, False)
    assert model_files(limit_s=0, environ=environ).whole is False


def test_variables_move_the_places(tmp_path):
    """As the programs that own them read them."""
    environ = {"HOME": "/h", "HF_HOME": "/hf", "OLLAMA_MODELS": "/o", "LLAMA_CACHE": "/c"}
    places = {folder for _, folder in folders(environ)}
    assert {Path("/hf/hub"), Path("/o"), Path("/c"), Path("/h/models")} <= places
    hub = dict(folders({**environ, "HF_HUB_CACHE": "/hub"}))["Hugging Face"]
    assert hub == Path("/hub")
