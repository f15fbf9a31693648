from codestone.answers.locate import Place, find, joined, split, with_ends_of


def test_lines_and_text_are_inverse_but_for_the_last_newline():
    """The newline at the end is the old text's."""
    assert split("a\n\nb\n") == ["a", "", "b"]
    assert joined(["a", "b"], "x\n") == "a\nb\n"
    assert joined(["a", "b"], "x") == "a\nb"
    assert joined([], "x\n") == ""
    assert with_ends_of("a\r\nb", ["c", "d\r"]) == ["c\r", "d\r"]


def test_a_place_is_certain_or_a_reason():
    """Exact before blank-blind, a true number before a search, the place behind the last one before none."""
    lines = ["a", "b ", "a", "b"]
    assert find(lines, ["a", "b"]) == Place(2, 4)
    assert find(lines, ["b"], at=3) == Place(3, 4)
    assert find(lines, ["a"], at=1) == "its lines stand in more than one place"
    assert find(lines, ["a"], after=1) == Place(2, 3)
    assert find(lines, ["c"]) == "its lines do not stand in the file"
