import os
import runpy

from codestone.languages import WORKERS


def test_a_machine_without_its_null_device_is_told_and_not_blamed_on_the_answer(tmp_path, monkeypatch):
    """Each worker would end at once, as if the answer had ended it."""
    host = runpy.run_path(str(WORKERS / "host.py"), run_name="host")
    assert host["without_device"]() == ""
    plain = tmp_path / "null"
    monkeypatch.setattr(os, "devnull", str(plain))
    assert host["without_device"]() == f"{plain}: No such file or directory"
    plain.touch()
    assert host["without_device"]() == f"{plain} is no device here"
