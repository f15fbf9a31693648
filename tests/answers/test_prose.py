from codestone.answers.prose import read, takes_all


def test_one_file_of_prose_takes_the_whole_reply():
    """Only a task whose one file is text is prose."""
    assert takes_all(["review.md"])
    assert not takes_all(["review.md", "x.py"])
    assert not takes_all(["*.md"])
    assert not takes_all(["x.py"])


def test_the_text_is_the_labelled_block_the_only_block_or_all():
    """Snippets in a review do not stand for it."""
    files = ["r.md"]
    assert read("Hi\n```py\nx\n```\n", files)[0] == "Hi\n```py\nx\n```\n"
    assert read("```\nHi\n```", files)[0] == "Hi\n"
    assert read("```py\nx\n```", files)[0] == "```py\nx\n```\n"
    assert read("Here:\n\n**r.md**\n```md\nHi\n```\nbye", files)[0] == "Hi\n"
    assert read(" \n", files)[0] == ""
