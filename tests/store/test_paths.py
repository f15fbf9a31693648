from hypothesis import given
from hypothesis import strategies as st

from codestone.store.paths import folder, named, slug, trial_path
from codestone.trial import TrialKey

texts = st.text(max_size=80)
epochs = st.integers(1, 30)
names = {"suite": texts, "task": texts, "contestant": texts, "driver": texts, "variant": texts}
trial_keys = st.builds(TrialKey, **names, epoch=epochs)


def test_a_model_name_becomes_a_slug_and_a_digest():
    """A slash or a colon never reaches the file system, and the name can still be read."""
    name = named("qwen/qwen3:8b")
    assert name.startswith("qwen-qwen3-8b-")
    assert len(name) == len("qwen-qwen3-8b-") + 8


def test_two_thinking_variants_have_two_names():
    """The identity tells apart what has one name."""
    assert named("qwen3:8b", "thinking on") != named("qwen3:8b", "thinking off")


def test_a_safe_name_stays_as_it_is():
    """Tasks and suites keep their folder's name."""
    assert folder("add-numbers") == "add-numbers"
    assert folder("tiny-1b-q8_0-1a2b3c4d") == "tiny-1b-q8_0-1a2b3c4d"


@given(texts)
def test_no_text_leaves_its_folder(text):
    """Whatever a name holds, its folder is one harmless path component of bounded length."""
    name = folder(text)
    assert name
    assert not name.startswith((".", "-"))
    assert set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789._-")
    assert len(name) <= 120
    assert slug(text) == slug(text).lower()


@given(st.lists(trial_keys, min_size=2, max_size=2, unique=True))
def test_no_two_trials_share_a_place(keys):
    """Different keys have different directories, on file systems without case too."""
    assert str(trial_path(keys[0])).lower() != str(trial_path(keys[1])).lower()


def test_a_trial_lies_where_the_documentation_says():
    """trials/<contestant>/<suite>/<task>/<driver>-<epoch>."""
    key = TrialKey(suite="quick", task="fizz", contestant="tiny-1a2b3c4d", driver="single", epoch=3)
    assert str(trial_path(key)) == "trials/tiny-1a2b3c4d/quick/fizz/single-3"
