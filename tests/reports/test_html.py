import json
import re
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path

import pytest

from codestone.reports import html
from codestone.reports._words import TIMES
from codestone.reports.html import lines
from codestone.stats.planned import Planned, PlannedTask
from codestone.stats.summarise import summarise
from codestone.testing.records import TASK_DIGEST, make_contestant, make_record

VENDOR = Path(html.__file__).parent / "vendor"
ATTACKS = {
    "reply.md": "\x1b]\x07</script></style></pre></details>-->]]><b>\n\u2067\u202eabc\u2066\0\ud800\u2028",
    "changes.diff": "--- a/<script>\n+++ b/x\n@@ -1 +1 @@\n-<img src=x onerror=alert(1)>\n+\x1b[31m\n",
    'workspace/"><script>alert(1)</script>.py': "\tif x:\r\n",
}


class Page(HTMLParser):
    """The elements of a page with their attributes, and its text."""

    def __init__(self, text):
        super().__init__()
        self.elements = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data

    def handle_endtag(self, tag):
        self.text += " " if tag in {"td", "th", "li", "dt", "dd", "summary"} else ""

    def of(self, tag):
        """Return the attributes of each element of that name."""
        return [attributes for name, attributes in self.elements if name == tag]


def page(summary, **kept):
    """Return the page with the same texts for every trial and attempt."""
    places = [epoch.artifacts for cell in summary.cells for epoch in cell.epochs]
    places += [failure.artifacts for failure in summary.failures if failure.artifacts]
    return html.render(summary, artifacts=dict.fromkeys(places, kept.get("texts", {})))


def section(text, name):
    """Return what a reader sees of one section."""
    whole = re.search(rf'<section aria-labelledby="{name}">.*?</section>', text, re.DOTALL)
    return " ".join(Page(whole[0] if whole else "").text.split())


def skeleton(text):
    """Return the elements of a page without what may differ between texts."""
    return [(tag, sorted(attributes)) for tag, attributes in Page(text).elements]


def test_it_names_nothing_outside_itself(case):
    """No attribute leads out of the page, and its policy lets nothing be fetched."""
    drawn = Page(page(case[1], texts=ATTACKS))
    for _, attributes in drawn.elements:
        for name in ("src", "href", "action", "data", "srcset", "poster", "ping"):
            assert attributes.get(name, "#").startswith(("#", "data:,"))
        assert not any(name.startswith("on") or name == "style" for name in attributes)
    (policy,) = [meta["content"] for meta in drawn.of("meta") if "http-equiv" in meta]
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe" not in policy


@pytest.mark.parametrize("summary", ["hostile"], indirect=True)
def test_what_a_model_wrote_is_text_and_stays_text(summary):
    """Two pages whose replies differ have the same elements: none comes out of a reply, file or diff."""
    mild = {
        f"name{number}.diff" if "diff" in name else str(number): "x" for number, name in enumerate(ATTACKS)
    }
    spans = ("span", ["class"])
    attacked = [each for each in skeleton(page(summary, texts=ATTACKS)) if each != spans]
    assert attacked == [each for each in skeleton(page(summary, texts=mild)) if each != spans]


@pytest.mark.parametrize("summary", ["hostile"], indirect=True)
def test_nothing_of_a_reply_reaches_the_reader_raw(summary):
    """Terminal escapes, bidi controls, NUL, lone surrogates and line separators are written as escapes."""
    text = page(summary, texts=ATTACKS)
    assert re.findall(r"[^\n\x20-\x7e\xa0-\u200a\u2010-\u2027\u2030-\uffff]|[\ud800-\udfff]", text) == []
    assert r"\u2067\u202eabc\u2066\x00\ud800\u2028" in text


@pytest.mark.parametrize("summary", ["hostile"], indirect=True)
def test_the_data_of_plots_cannot_end_its_element(summary):
    """JSON in a script element has no angle bracket at all."""
    (data,) = re.findall(r'<script type="application/json" id="plots">(.*?)</script>', page(summary))
    assert "<" not in data
    assert isinstance(json.loads(data), dict)


@pytest.mark.parametrize("summary", ["one"], indirect=True)
def test_a_trial_can_be_looked_into(summary):
    """Reply, files and diff are in the page, each under its name, and so are checks with evidence."""
    texts = {"reply.md": "the reply", "changes.diff": "-old\n+new\n", "workspace/main.py": "a\tb"}
    drawn = Page(page(summary, texts=texts))
    for wanted in (*texts, "the reply", "+new", "add(-1, -1) gave 0, expected -2", "ending: answered"):
        assert wanted in drawn.text
    assert {"class": "added"} in drawn.of("span")
    assert {"class": "removed"} in drawn.of("span")


@pytest.mark.parametrize("summary", ["many"], indirect=True)
def test_an_attempt_that_was_not_measured_can_be_looked_into(summary):
    """What broke, when, whose doing it was, what had come of a reply, and where it lies."""
    text = section(page(summary, texts={"reply.md": "half a reply"}), "attempts")
    for wanted in (
        "Not the model's doing, and so not scored",
        "! alpha-1b, epoch 1, attempt 1: the box broke · ✓ measured in another attempt no user namespaces",
        "whose doing ours begun 2026-01-01 00:00:00 UTC measured in another attempt reply.md half a reply",
        "in the run directory: trials/alpha-1b/examples/fix/single-1/attempt-1",
        "! gamma-7b, epoch 1, attempt 1: the server was not reached · ✗ still pending connection refused",
        "whose doing server begun 2026-01-01 00:00:00 UTC reply.md half a reply",
    ):
        assert wanted in text


@pytest.mark.parametrize("summary", ["many"], indirect=True)
def test_an_attempt_is_reached_from_its_trial_and_from_a_gap(summary):
    """A retry is explained beside what was measured in the end, a gap of the grid by what broke."""
    drawn = Page(html.render(summary))
    assert [link["href"] for link in drawn.of("a") if "attempt-" in link["href"]] == [
        "#attempt-2",  # the gap of the grid
        "#attempt-1",  # the trial that was measured in another attempt
    ]
    text = html.render(summary)
    assert "epoch 1, attempt 1: the box broke · ✓ measured in another attempt" in section(text, "trials")
    assert "Every attempt that was not measured" in section(text, "endings")


@pytest.mark.parametrize("summary", ["six"], indirect=True)
def test_an_attempt_without_a_reply_says_so(summary):
    """Nothing was kept of it, so nothing is offered; the texts of trials do not stand in for it."""
    assert (
        section(page(summary, texts={"reply.md": "of a trial"}), "attempts").count("No reply was kept.") == 3
    )
    assert "of a trial" not in section(page(summary, texts={"reply.md": "of a trial"}), "attempts")


@pytest.mark.parametrize("summary", ["many"], indirect=True)
def test_an_attempt_whose_reply_never_came_says_so(summary):
    """Its folder is there and holds no text."""
    text = section(page(summary, texts={}), "attempts")
    assert text.count("Nothing of a reply had come; in the run directory: trials/") == 2
    assert "Nothing of a reply" not in section(html.render(summary), "attempts")


@pytest.mark.parametrize("summary", ["one", "six", "many"], indirect=True)
def test_attempts_are_a_section_only_where_there_are_any(summary):
    """No empty heading, and no link to one."""
    drawn = Page(html.render(summary))
    wanted = bool(summary.failures)
    assert ("attempts" in {attributes.get("id") for attributes in drawn.of("h2")}) is wanted
    assert ("#attempts" in {link["href"] for link in drawn.of("a")}) is wanted


@pytest.mark.parametrize(
    ("started", "told"),
    [
        ("2026-01-01T01:00:00.123+02:00", "2025-12-31 23:00:00 UTC"),
        ("2026-01-01T01:00:00", "2026-01-01 01:00:00 UTC"),
        ("0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00+14:00"),
        ("<b>soon", "<b>soon"),
    ],
)
def test_when_an_attempt_was_begun_is_told_in_one_time_zone(night, started, told):
    """What is no time stands as it is, and never breaks the page."""
    assert f"begun {told}" in section(html.render(night([started])), "attempts")


def test_a_night_of_failures_makes_no_endless_page(night):
    """Five hundred are shown, ten of them beside their trials, and how many more there are is said."""
    text = html.render(night(["2026-01-01T00:00:00Z"] * 1001))
    drawn = Page(text)
    assert len([fold for fold in drawn.of("details") if fold.get("id", "").startswith("attempt-")]) == 500
    assert drawn.text.count("… and 501 more, in the JSON report") == 1
    assert section(text, "trials").count("the server was not reached") == 10
    assert "… and 490 more attempts that were not measured" in section(text, "trials")


@pytest.mark.parametrize("summary", ["many"], indirect=True)
def test_all_sections_are_there(summary):
    """Who is ranked, by which tasks, how fast, how it ended, and whose doing it was not."""
    text = " ".join(Page(html.render(summary)).text.split())
    for wanted in (
        "Example CPU",
        "bubblewrap 0.11.0",
        "2 tie alpha-1b 105/200",
        "Below the line: incomplete, so not ranked",
        "100+/200",
        "One beside the other",
        "Ranking by task",
        "no cargo",
        "The model's own doing, and scored",
        "answered 4 4 4 2",
        "Not the model's doing, and so not measured",
        "the box broke · ✓ measured in another attempt no user namespaces",
        "the server was not reached · ✗ still pending connection refused",
        "How to read this",
    ):
        assert wanted in text


@pytest.mark.parametrize("summary", ["served"], indirect=True)
def test_a_bad_serving_path_is_told_apart(summary):
    """What is broken whoever answers stands in a section of its own, with its remedy."""
    text = " ".join(Page(html.render(summary)).text.split())
    assert "✗ broken: tool-call: the call came as text" in text
    assert "remedy: llama-server: --jinja" in text
    assert "✓ nothing wrong was found" in text


@pytest.mark.parametrize("summary", ["many"], indirect=True)
def test_every_link_has_its_target_and_every_id_is_there_once(summary):
    """A cell of the grid leads to its trials."""
    drawn = Page(html.render(summary))
    ids = [attributes["id"] for _, attributes in drawn.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    targets = {link["href"].removeprefix("#") for link in drawn.of("a")}
    assert targets <= set(ids)
    assert sum(target.startswith("cell-") for target in targets) == 7


@pytest.mark.parametrize("summary", ["many"], indirect=True)
def test_tables_tell_what_heads_what(summary):
    """Every head has a scope, and every plot says its figures in words."""
    drawn = Page(html.render(summary))
    assert all("scope" in head for head in drawn.of("th"))
    assert all(
        "Wall" not in plot["aria-label"] or "5.40 s (n 4" in plot["aria-label"] for plot in drawn.of("canvas")
    )
    assert "plot-wall" in {plot["id"] for plot in drawn.of("canvas")}


def test_lines_keep_what_prints():
    """Line breaks and indentation stay; the rest is escaped."""
    assert lines("a\n\tb\x1b\r\nc") == "a\n    b\\x1b\\r\nc"


def test_the_plot_library_is_the_one_that_is_named():
    """File, digest and licences agree with the table beside it."""
    readme = (VENDOR / "README.md").read_text("utf-8")
    library = (VENDOR / "chart.umd.min.js").read_bytes()
    assert sha256(library).hexdigest() in readme
    version = re.search(rb"Chart\.js v([0-9.]+)", library)[1].decode()
    assert f"| {version} |" in readme
    assert f"Chart.js {version}" in (VENDOR.parent / "templates" / "html" / "page.html.jinja").read_text(
        "utf-8"
    )
    assert f"Chart.js {version}" in (VENDOR / "LICENSE.md").read_text("utf-8")
    assert b"</script" not in library


def test_no_answer_can_give_itself_our_label():
    """A module named after it stays a word of the answer's; of two answers, one was not told."""
    told = {"dependencies": "x SCRIPTED", "idle-helpers": 0, "dead-lines": 0}
    task = PlannedTask(suite="examples", task="add-numbers", title="Add", possible=100, digest=TASK_DIGEST)
    planned = Planned(title="quick", epochs=2, contestants=(make_contestant(),), tasks=(task,))
    records = [make_record(epoch=1, facts=told), make_record(epoch=2)]
    text = page(summarise(records, [], planned=planned))
    assert f"1 {TIMES} x SCRIPTED, 1 {TIMES} not told" in Page(text).text
    assert not [one for one in Page(text).of("span") if one.get("class") == "label"]
