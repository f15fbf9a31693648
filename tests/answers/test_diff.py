import pytest

from codestone.answers.diff import apply, begins, found, patches

SOURCE = "one\ntwo\n\nthree\nfour\nfive\n"
BODY = " two\n \n-three\n+3\n four\n"
CHANGED = SOURCE.replace("three", "3")


def _applied(text, source=SOURCE):
    (patch,) = patches(text)
    return apply(source, patch)


@pytest.mark.parametrize(
    "text",
    [
        f"--- a/x\n+++ b/x\n@@ -2,4 +2,4 @@\n{BODY}",
        f"--- a/x\n+++ b/x\n@@ -2,4 +2,4 @@ def f():\n{BODY}",
        f"--- a/x\n+++ b/x\n@@ -20,9 +20,1 @@\n{BODY}",
        f"--- a/x\n+++ b/x\n@@ ... @@\n{BODY}",
        f"--- a/x\n+++ b/x\n@@\n{BODY}",
        f"--- a/x\n+++ b/x\n{BODY}",
        f"@@ -2,4 +2,4 @@\n{BODY}",
        "--- a/x\n+++ b/x\n@@ -2,4 +2,4 @@\n two\n\n-three\n+3\n four\n",
        f"Prose.\n\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n{BODY}\nMore prose.\n",
        f"--- a/x\r\n+++ b/x\r\n@@ -2,4 +2,4 @@\r\n{BODY}".replace("\n", "\r\n"),
        f"--- a/x\n+++ b/x\n@@ -2,4 +2,4 @@\n{BODY}\\ No newline at end of file\n",
    ],
)
def test_diffs_as_models_write_them_apply(text):
    """Wrong or missing numbers, blank context and prose do no harm where the context is right."""
    assert _applied(text) == (CHANGED, "")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("@@\n twoo\n-three\n+3\n", "hunk 1: its lines do not stand in the file"),
        ("@@\n+new\n", "hunk 1: it has no context"),
        ("--- a/x\n+++ /dev/null\n@@\n-one\n", "a diff may not delete a file"),
        ("@@\n-two\n+2\n@@\n one\n-two\n+2\n", "two hunks change the same lines"),
    ],
)
def test_nothing_is_guessed(text, reason):
    """A hunk whose place is not certain is refused, and with it the patch."""
    assert _applied(text) == (None, reason)


def test_two_places_are_one_too_many_unless_the_number_is_right():
    """A true line number, or being behind the hunk before, decides between equal places."""
    source = "x\ny\nx\ny\n"
    assert _applied("@@\n-y\n+z\n", source)[1] == "hunk 1: its lines stand in more than one place"
    assert _applied("@@ -4 +4 @@\n-y\n+z\n", source) == ("x\ny\nx\nz\n", "")
    assert _applied("@@ -1,2 +1,2 @@\n x\n-y\n+z\n@@\n-y\n+w\n", source) == ("x\nz\nx\nw\n", "")


def test_deleted_dashes_are_no_header():
    """Counts tell a deleted "-- x" from the head of the next file."""
    assert _applied("@@ -1,2 +1,2 @@\n--- x\n+++ y\n z\n", "-- x\nz\n") == ("++ y\nz\n", "")


def test_files_are_told_apart():
    """Paths lose git's prefixes; a file's hunks end where the next begins."""
    text = "diff --git a/p/x b/p/x\n--- a/p/x\n+++ b/p/x\n@@\n-a\n+b\n"
    text += "--- /dev/null\n+++ b/y\n@@ -0,0 +1 @@\n+new\n"
    one, two = patches(text)
    assert (one.path, two.path) == ("p/x", "y")
    assert apply(None, two) == ("new\n", "")
    assert apply(None, one) == (None, "the file does not exist")


def test_line_ends_and_blanks_of_the_file_are_kept():
    """Context stays as the file has it; new lines get the file's line ends."""
    assert _applied("@@\n a\n-b\n+c\n", "a  \r\nb\r\n") == ("a  \r\nc\r\n", "")


def test_text_without_a_diff_has_none():
    """Prose and code are not taken for one."""
    assert list(patches("Some prose.\n- a\n+ b\n")) == []
    assert not found("x = 1\n--- \n")
    assert not begins("x = 1\n@@ a @@\n")
