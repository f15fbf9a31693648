import os
import signal
import subprocess
import sys

import pytest

from codestone.endpoint.client import ChatRequest, Client, Message
from codestone.endpoint.discover import inspect
from codestone.testing.__main__ import main
from codestone.testing.faults import names
from codestone.testing.profiles import PROFILES


def test_help_teaches(capsys):
    """Profiles, a full example, and where the truth is."""
    with pytest.raises(SystemExit) as caught:
        main(["--help"])
    said = capsys.readouterr().out
    assert caught.value.code == 0
    assert all(word in said for word in [*PROFILES, "codestone run", "/codestone/log", "--pace"])


def test_list_names_everything_that_can_be_served(capsys):
    """One a line."""
    assert main(["--list"]) == 0
    assert capsys.readouterr().out.split() == [*PROFILES, *names(), "rated", "paced"]


def test_it_serves_from_a_shell_until_it_is_told_to_stop():
    """The first line is the base URL; SIGTERM ends it cleanly."""
    argv = [sys.executable, "-m", "codestone.testing", "--fault", "no-usage", "--pace", "1:1:3"]
    argv += ["--rates", "5000:500"]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as server:
        base_url = server.stdout.readline().strip()
        found = inspect(base_url)
        with Client(base_url) as client:
            reply = client.chat(ChatRequest(model="paced", messages=[Message(role="user", content="hi")]))
        os.kill(server.pid, signal.SIGTERM)
        assert server.wait(30) == 0
    assert found.scripted
    assert [model.id for model in found.models] == ["no-usage", "rated", "paced"]
    assert reply.content == "wordwordword"


def test_a_folder_without_suites_is_refused(tmp_path, capsys):
    """With the exit code of the fault."""
    (tmp_path / "s").mkdir()
    (tmp_path / "s" / "suite.toml").write_text("nonsense")
    assert main(["--profile", "oracle", "--tasks", str(tmp_path)]) == 2
    assert capsys.readouterr().err
