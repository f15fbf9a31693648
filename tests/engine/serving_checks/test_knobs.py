from codestone import plugins
from codestone.engine.serving_checks.knobs import knob

TOPICS = ("context", "thinking", "channels", "tools", "output")


def test_every_kind_of_server_has_a_remedy_for_everything():
    """A kind that is not listed gets what holds for any."""
    kinds = [name.replace("_", "-") for name in plugins.names("endpoint.servers")]
    assert all(knob(topic, kind) for topic in TOPICS for kind in [*kinds, "embedded", "unheard-of"])


def test_what_the_server_says_wins_over_its_kind():
    """A server of no known kind, oMLX, is known by the setting that its refusal names."""
    assert knob("context", "plain", "over max_context_window 32768") == "oMLX: max_context_window"
