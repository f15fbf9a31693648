import orjson

from codestone.testing.script import chunk, document, event, reply, usage


def test_a_reply_says_all_of_its_text_in_order():
    """Role first, then thinking, content, finish, usage and the end."""
    script = reply("four words of text", reasoning="hm", first_s=0.5, gap_s=0.1)
    said = b"".join(step.data for step in script.steps)
    assert said.endswith(b"data: [DONE]\n\n")
    whole = orjson.loads(document(script))
    assert whole["choices"][0]["message"]["content"] == "four words of text"
    assert whole["choices"][0]["message"]["reasoning_content"] == "hm"
    assert whole["choices"][0]["finish_reason"] == "stop"
    assert whole["usage"] == usage(10, 5)
    assert [step.after_s for step in script.steps][:4] == [0.0, 0.5, 0.1, 0.1]


def test_an_event_is_one_line_of_json_or_the_bytes_themselves():
    """So that a script can be malformed on purpose."""
    assert event(b"junk") == b"junk"
    assert orjson.loads(event(chunk({"content": "a"})).removeprefix(b"data: "))["choices"][0]["delta"] == {
        "content": "a"
    }
