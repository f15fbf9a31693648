import pytest

from codestone.contestants.asked import _embedded
from codestone.endpoint import embedded
from codestone.errors import UnknownName


@pytest.mark.parametrize("wanted", [(), (embedded.ALIAS,), ("smol*", "*")])
def test_where_no_server_answers_it_is_the_embedded_model(wanted):
    """As it is usually served, by a launch of our own."""
    spec = _embedded(wanted)
    assert spec.launch is not None
    assert spec.launch.embedded is not None
    assert spec.endpoint is None


def test_the_embedded_model_does_not_take_anothers_place():
    """A model that was named and is served nowhere is an error."""
    with pytest.raises(UnknownName, match="qwen3"):
        _embedded(["smol*", "qwen3"])
