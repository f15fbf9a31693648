import hashlib
from pathlib import Path

import numpy as np
import pytest
from gguf import GGUFWriter, LlamaFileType

from codestone.endpoint import gguf, weights
from codestone.errors import UsageError


def written(file: Path, *, template: str = "{{ x }}") -> Path:
    """Write a small file with the library itself: one tensor of 6 numbers."""
    writer = GGUFWriter(file, "qwen3moe")
    writer.add_name("Tiny")
    writer.add_file_type(LlamaFileType.MOSTLY_Q4_K_M)
    writer.add_context_length(2048)
    writer.add_expert_count(8)
    writer.add_expert_used_count(2)
    writer.add_quantized_by("somebody")
    writer.add_base_model_count(1)
    writer.add_base_model_name(0, "Tiny Base")
    writer.add_chat_template(template)
    writer.add_tensor("w", np.zeros((2, 3), dtype=np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return file


def test_the_header_tells_what_the_weights_are(tmp_path: Path) -> None:
    """By our names of facts; the template by its digest."""
    assert gguf.header(written(tmp_path / "tiny.gguf")) == {
        "architecture": "qwen3moe",
        "model_name": "Tiny",
        "base_model": "Tiny Base",
        "uploader": "somebody",
        "context_trained": 2048,
        "experts": 8,
        "experts_used": 2,
        "quant": "Q4_K_M",
        "parameters": 6,
        "chat_template_sha256": hashlib.sha256(b"{{ x }}").hexdigest(),
    }


def test_a_file_that_was_written_anew_is_read_anew(tmp_path: Path) -> None:
    """What is remembered of a header belongs to the file as it was."""
    file = written(tmp_path / "tiny.gguf")
    before = gguf.header(file)["chat_template_sha256"]
    written(file, template="another {{ x }}")
    assert gguf.header(file)["chat_template_sha256"] != before


def test_a_split_model_is_all_of_its_parts(tmp_path: Path) -> None:
    """The header is the first part's, size and digest are of all; parameters are not told by one part."""
    first = written(tmp_path / "big-00001-of-00002.gguf")
    second = tmp_path / "big-00002-of-00002.gguf"
    second.write_bytes(b"x" * 10)
    assert gguf.size_bytes(second) == first.stat().st_size + 10
    assert gguf.sha256(second) == hashlib.sha256(first.read_bytes() + b"x" * 10).hexdigest()
    assert "parameters" not in gguf.header(second)
    assert gguf.header(second)["model_name"] == "Tiny"
    second.unlink()
    with pytest.raises(UsageError, match=r"00002-of-00002\.gguf cannot be read: No such file"):
        gguf.size_bytes(first)


def test_what_is_no_gguf_is_a_usage_error(tmp_path: Path) -> None:
    """It names the file, and has no trace."""
    for content in (b"", b"no such thing", b"GGUF" + b"\0" * 40):
        file = tmp_path / "broken.gguf"
        file.write_bytes(content)
        with pytest.raises(UsageError, match=r"broken\.gguf is not a readable GGUF file"):
            gguf.header(file)


@pytest.mark.usefixtures("embedded_weights")
def test_the_header_of_the_embedded_weights_is_read() -> None:
    """A real file of a real converter."""
    header = gguf.header(weights.path())
    assert (header["architecture"], header["quant"]) == ("llama", "Q4_1")
    assert (header["parameters"], header["context_trained"]) == (134515008, 8192)
