"""The HTML report as a reader has it: opened in Debian's Chromium, with no network and no mouse."""

import os
import shutil
import socket
from contextlib import contextmanager

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

from codestone.reports import html

ARGUMENTS = ["--no-sandbox", "--disable-background-networking", "--disable-component-update"]
ATTACK = "</script></pre></details><img src=x onerror=alert(1)><script>alert(2)</script>\x1b[2J\u202eevil"
OPEN_ALL = "document.querySelectorAll('details').forEach(each => { each.open = true; })"


@pytest.fixture(scope="module")
def browser():
    """Return Debian's Chromium; a machine without it skips, CI fails."""
    path = shutil.which("chromium")
    if path is None:
        missing = pytest.fail if os.environ.get("REQUIRE_TOOLCHAINS") == "1" else pytest.skip
        missing("no Chromium: apt-get install chromium")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield started
        started.close()


@pytest.fixture
def opened(browser, tmp_path):
    """Return how a summary's page is opened; what a browser complains of, or asks for, fails the test."""

    @contextmanager
    def open_(summary, *, width=1400, scheme="light", scripts=True):
        file = tmp_path / "report.html"
        places = [epoch.artifacts for cell in summary.cells for epoch in cell.epochs]
        places += [failure.artifacts for failure in summary.failures if failure.artifacts]
        texts = {"reply.md": ATTACK, "changes.diff": f"--- a\n+++ b\n-{ATTACK}\n", ATTACK: ATTACK}
        file.write_text(html.render(summary, artifacts=dict.fromkeys(places, texts)), "utf-8")
        context = browser.new_context(
            viewport={"width": width, "height": 800}, color_scheme=scheme, java_script_enabled=scripts
        )
        page, complaints = context.new_page(), []
        page.on("console", lambda message: complaints.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("dialog", lambda dialog: complaints.append(dialog.message))
        page.on("request", lambda request: complaints.append(request.url))
        page.goto(file.as_uri())
        yield page
        context.close()
        assert complaints == [file.as_uri()]

    return open_


def faults(page):
    """Return what axe finds, in words."""
    found = Axe().run(page).response["violations"]
    return [f"{each['id']}: {node['html']}" for each in found for node in each["nodes"]]


def sideways(page):
    """Return by how many pixels the page itself must be scrolled to the side."""
    return page.evaluate("document.documentElement.scrollWidth - innerWidth")


@pytest.mark.parametrize("summary", ["timed", "hostile"], indirect=True)
@pytest.mark.parametrize(("width", "scheme"), [(360, "light"), (800, "dark"), (1400, "light"), (360, "dark")])
def test_it_is_quiet_fits_and_can_be_read_by_everyone(opened, summary, width, scheme):
    """No console message, no request, no sideways scrolling, nothing that axe finds."""
    with opened(summary, width=width, scheme=scheme) as page:
        assert sideways(page) <= 0
        page.evaluate(OPEN_ALL)
        assert sideways(page) <= 0
        assert faults(page) == []


def test_so_is_every_other_page(opened, case):
    """An empty run, one trial, a bad serving path, and as it is opened: all folds closed."""
    with opened(case[1], width=360) as page:
        assert sideways(page) <= 0
        assert faults(page) == []


@pytest.mark.parametrize("summary", ["timed"], indirect=True)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_plots_are_drawn_in_the_colours_of_the_scheme(opened, summary, scheme):
    """Every canvas has something on it, and more than one colour."""
    with opened(summary, scheme=scheme) as page:
        colours = page.evaluate(
            """[...document.querySelectorAll("canvas")].map((canvas) => {
                const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
                return new Set(new Uint32Array(data.buffer)).size;
            })"""
        )
        assert len(colours) > 5
        assert all(count > 5 for count in colours)
        dark = page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(20, 24, 28)"
        assert dark is (scheme == "dark")


@pytest.mark.parametrize("summary", ["many"], indirect=True)
def test_it_is_read_with_the_keyboard_alone(opened, summary):
    """The skip link comes first; a cell leads to its trials, which open; what has the focus is seen."""
    with opened(summary) as page:
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Skip to the report"
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "main"
        for _ in range(100):
            page.keyboard.press("Tab")
            outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert outline == "solid"
            if page.evaluate("document.activeElement.hash ?? ''").startswith("#cell-"):
                break
        page.keyboard.press("Enter")
        page.wait_for_function("document.activeElement.tagName === 'SUMMARY'")
        assert page.evaluate("document.activeElement.parentElement.open")
        page.keyboard.press("Space")
        assert not page.evaluate("document.activeElement.parentElement.open")


@pytest.mark.parametrize("summary", ["many"], indirect=True)
def test_a_gap_leads_to_what_broke_and_from_there_to_what_was_kept(opened, summary):
    """With the keyboard: its fold opens and has the focus, and the reply is the next stop."""
    with opened(summary) as page:
        page.get_by_role("link", name="why: gamma-7b, examples/write").press("Enter")
        page.wait_for_function("document.activeElement.tagName === 'SUMMARY'")
        assert page.evaluate("document.activeElement.textContent").startswith("! gamma-7b, epoch 1")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.parentElement.open")
        assert page.locator("#attempt-2 pre:visible").inner_text().startswith("</script></pre>")


@pytest.mark.parametrize("summary", ["many"], indirect=True)
def test_everything_that_can_be_operated_is_reached(opened, summary):
    """One Tab after the other meets every link, every fold and every part that scrolls."""
    with opened(summary, width=360) as page:
        page.evaluate(OPEN_ALL)
        wanted = page.evaluate("document.querySelectorAll('a, summary, [tabindex=\"0\"]').length")
        page.evaluate("window.met = new Set()")
        for _ in range(wanted):
            page.keyboard.press("Tab")
            page.evaluate("window.met.add(document.activeElement)")
        assert page.evaluate("window.met.size") == wanted


@pytest.mark.parametrize("summary", ["hostile"], indirect=True)
def test_nothing_of_a_reply_comes_to_life(opened, summary):
    """No element comes out of it: no picture, no script but our own."""
    with opened(summary) as page:
        page.evaluate(OPEN_ALL)
        assert page.evaluate("document.querySelectorAll('img, iframe, form').length") == 0
        assert page.evaluate("document.scripts.length") == 3
        assert page.evaluate("document.querySelectorAll('pre').length") == 6


@pytest.mark.parametrize("summary", ["many"], indirect=True)
def test_it_tells_the_same_without_scripts(opened, summary):
    """All figures stand in tables; only the plots are missing."""
    with opened(summary, scripts=False) as page:
        assert "195/200" in page.inner_text("#main")
        assert page.locator("figure:visible").count() == 0


@pytest.mark.parametrize("summary", ["many"], indirect=True)
def test_its_policy_stops_what_would_call_out(opened, summary):
    """A script that were slipped in could not tell anybody: a request is refused before it is made."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"http://127.0.0.1:{server.getsockname()[1]}/"
        with pytest.raises(AssertionError, match="Content Security Policy"), opened(summary) as page:
            refused = page.evaluate("url => fetch(url).then(() => false, () => true)", address)
            assert refused
        server.settimeout(0.2)
        with pytest.raises(TimeoutError):
            server.accept()
