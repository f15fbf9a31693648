import socket
from itertools import count
from time import monotonic

import pytest

from codestone.contestants.lineup import Asked
from codestone.endpoint import embedded
from codestone.endpoint.chat import Timeouts
from codestone.endpoint.client import Client
from codestone.engine.serving import FINDINGS, check_serving, checked
from codestone.testing import ScriptedEndpoint
from codestone.testing.faults import loading, refusal
from codestone.testing.records import make_contestant
from codestone.testing.script import reply
from codestone.testing.serving import PATHS, Path, path, serve
from codestone.trial import Fact, Launch, Sampling, Thinking

LIMIT_S = 60
UNHURRIED = Timeouts(first_s=120, silence_s=120, wall_s=240)

FAULTS = {
    "good": {},
    "weak": {},
    "thinks": {},
    "thinks-long": {},
    "tools-required": {},
    "tools-unseen": {},
    "calls-parallel": {},
    "early-role": {},
    "kwargs-refused": {},
    "reasoning-only": {"channels": "broken: a whole reply came as reasoning"},
    "think-unopened": {"channels": "broken: thinking stands in the content"},
    "think-tags": {"channels": "warning: thinking was left in the content"},
    "control-tokens": {"channels": "broken: control tokens of a chat template"},
    "hidden-reasoning": {"thinking": "warning: more tokens were counted than shown"},
    "calls-as-text": {"tool-call": "broken: the call came as text"},
    "calls-as-json": {"tool-call": "broken: the call came as text"},
    "calls-lost": {"tool-call": "broken: the reply says that it holds a call, and none came"},
    "tools-refused": {"tool-call": "broken: requests with tools are refused"},
    "tools-unsupported": {"tool-call": "warning: the server says that this model is served without tools"},
    "calls-after-text-lost": {"tool-call-after-text": "warning: no call came, and more tokens were counted"},
    "calls-merged": {"two-tool-calls": "broken: several calls came under one index"},
    "calls-one-id": {"two-tool-calls": "broken: several calls have one id"},
    "result-refused": {"tool-result": "broken: a conversation with a tool's result is refused"},
    "result-dropped": {"tool-result": "broken: a tool's result never reaches the model"},
    "system-refused": {"late-system": "warning: a system message that is not the first message is refused"},
    "system-dropped": {"late-system": "warning: a system message that is not the first message is dropped"},
    "truncates": {
        "long-prompt": "broken: the server cuts long prompts without saying so: about 15",
        "context": "warning: the context is 15",
    },
    "truncates-and-counts": {"long-prompt": "warning: the start of a long prompt is lost although"},
    "overflow": {"context": "warning: the context is 3000 tokens"},
    "overflow-unknown": {"context": "warning: the context is 3000 tokens"},
    "fails-long": {"long-prompt": "broken: a long prompt failed: the server answered with an error"},
    "breaks-long": {"long-prompt": "broken: a long prompt failed: the stream broke off"},
    "no-usage": {"usage": "broken: token counts are missing"},
    "zero-usage": {"usage": "broken: token counts are missing, or are zero"},
    "no-timings": {"timings": "warning: the server tells no timings"},
    "stop-for-length": {"finish-reason": "broken: a reply that its budget cut does not say so"},
    "no-finish": {"finish-reason": "broken: replies end without a finish_reason"},
    "stop-for-calls": {"finish-reason": "warning: a reply with tool calls does not say so"},
    "strange-finish": {"finish-reason": "warning: unknown finish_reason: eos_token"},
    "budget-ignored": {"output-budget": "broken: max_tokens is not kept"},
    "budget-endless": {"output-budget": "broken: max_tokens is not kept"},
    "budget-capped": {"output-budget": "broken: the server ends replies before max_tokens"},
    "document": {"streaming": "broken: the reply came as one document"},
    "one-chunk": {"streaming": "broken: the whole text came in one chunk"},
    "buffered": {"streaming": "broken: the chunks came all at once"},
    "no-done": {"stream-end": "warning: streams end without [DONE]"},
    "malformed": {"stream-end": "broken: streams hold events that are no JSON"},
    "cut-streams": {"stream-end": "broken: a stream broke off"},
    "seed-refused": {"seed": "warning: a seed is refused"},
}
"""What is named of each scripted path: everything that is broken or a warning, and nothing else."""


def checks_of(what, *, limit_s=LIMIT_S, timeouts=UNHURRIED, **contestant):
    """Return the findings on a path by id, and what was asked."""
    play = path(what) if isinstance(what, str) else what
    with ScriptedEndpoint(play) as server, Client(server.base_url, timeouts=timeouts) as client:
        asked = make_contestant(base_url=server.base_url, **contestant)
        found = check_serving(asked, client, limit_s=limit_s)
        return {finding.id: finding for finding in found}, [request.body for request in server.requests]


def named(findings):
    """Return what is broken or a warning, in words."""
    faulty = (finding for finding in findings.values() if finding.state in {"broken", "warning"})
    return {finding.id: f"{finding.state}: {finding.words}" for finding in faulty}


def test_every_path_has_its_row():
    """No scripted path goes untried."""
    assert set(FAULTS) == set(PATHS)


@pytest.mark.parametrize("name", FAULTS)
def test_a_path_is_named_by_its_own_fault_and_no_other(name):
    """Each fault of a serving path has one finding (a cut context two); a remedy stands beside it."""
    findings, _ = checks_of(name)
    said, expected = named(findings), FAULTS[name]
    assert set(said) == set(expected)
    assert all(said[each].startswith(words) for each, words in expected.items()), said
    assert all(findings[each].remedy for each in said)


def test_a_good_path_is_ok_in_everything():
    """One finding for each id, in their order, all ok, with what they are believed from."""
    findings, _ = checks_of("good")
    assert tuple(findings) == FINDINGS
    assert {finding.state for finding in findings.values()} == {"ok"}
    assert all(finding.evidence for finding in findings.values() if finding.id != "seed")


def test_a_weak_model_is_not_called_a_broken_server():
    """What the model did not do is not measured, and said to be the model's."""
    findings, _ = checks_of("weak")
    unmeasured = {each for each, finding in findings.items() if finding.state == "not measured"}
    assert unmeasured >= {"tool-call", "tool-result", "long-prompt"}
    assert findings["tool-call"].words == "not measured: the model did not call the tool when asked"


def test_a_budget_spent_thinking_is_no_answer_to_any_question():
    """A contestant that thinks longer than the questions allow is not said to make no calls."""
    findings, _ = checks_of("thinks-long")
    spent = "not measured: the output budget was spent thinking"
    assert {findings[each].words for each in ("tool-call", "tool-result", "late-system")} == {spent}
    assert findings["channels"].words == "not measured: no reply got as far as its answer"
    assert findings["thinking"].state == "ok"


def test_a_template_that_drops_the_tools_is_told_from_a_model_that_makes_no_call():
    """The server's own count of the prompt is the same with the tool and without it."""
    findings, _ = checks_of("tools-unseen")
    assert "the chat template drops the tools" in findings["tool-call"].words


def test_a_call_is_required_once_where_none_came():
    """The question is asked again with tool_choice required before anything is said of the model."""
    _, asked = checks_of("weak")
    assert [body.get("tool_choice") for body in asked if body.get("tools")][:3] == [None, "required", None]


def test_two_calls_are_asked_for_in_the_way_of_llama_cpp_too():
    """A server that makes two calls only with parallel_tool_calls is ok, and that is said."""
    findings, _ = checks_of("calls-parallel")
    assert findings["two-tool-calls"].words.endswith("only with parallel_tool_calls in the request")


@pytest.mark.parametrize(
    ("mode", "name", "state"),
    [
        ("off", "good", "ok"),
        ("off", "thinks", "broken"),
        ("off", "hidden-reasoning", "broken"),
        ("off", "think-tags", "broken"),
        ("on", "good", "broken"),
        ("on", "thinks", "ok"),
        ("on", "think-tags", "ok"),
        ("on", "hidden-reasoning", "warning"),
        ("default", "thinks", "ok"),
    ],
)
def test_thinking_is_believed_from_what_came(mode, name, state):
    """Never from the flag that was sent."""
    thinking = Thinking(mode=mode, request={"chat_template_kwargs": {"enable_thinking": mode == "on"}})
    findings, asked = checks_of(name, thinking=thinking)
    assert findings["thinking"].state == state
    assert all("chat_template_kwargs" in body for body in asked)


def test_a_request_that_the_server_refuses_is_told_from_a_server_that_refuses_everything():
    """The same question is asked again with nothing of the contestant's own."""
    findings, asked = checks_of("kwargs-refused", thinking=Thinking(request={"chat_template_kwargs": {}}))
    assert "refuses what this contestant's requests carry: chat_template_kwargs" in findings["answers"].words
    assert len(asked) == 2


def test_a_seed_that_a_seeded_contestant_needs_is_broken_where_it_is_refused():
    """Without seeds no epoch of it could be repeated."""
    findings, _ = checks_of("seed-refused", sampling=Sampling(mode="fixed", seeded=True))
    assert findings["answers"].state == "broken"


def test_an_error_in_everything_is_one_finding():
    """A key that is missing is no fault of tools, context or streaming."""
    findings, asked = checks_of(lambda _: refusal(401, {"error": {"message": "Invalid API Key"}}))
    assert set(named(findings)) == {"answers"}
    assert findings["answers"].words.startswith("the server does not answer: ")
    assert "--key-env" in findings["answers"].remedy
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("play", "words"),
    [
        (loading(100, reply("No.")), "still loading"),
        (lambda _: refusal(429, {"error": {"message": "too many requests"}}), "busy"),
    ],
)
def test_a_server_that_loads_or_is_busy_is_not_broken(play, words):
    """Nothing can be said of it yet."""
    findings, _ = checks_of(play)
    assert {finding.state for finding in findings.values()} == {"not measured"}
    assert words in findings["answers"].words


def test_a_server_that_is_busy_in_between_refuses_nothing():
    """Tools and late system messages are not refused where nothing was looked at."""
    answers, asked = path("good"), count(1)
    busy = refusal(429, {"error": {"message": "too many requests"}})
    findings, _ = checks_of(lambda request: answers(request) if next(asked) <= 3 else busy)
    assert named(findings) == {}
    assert findings["tool-call"].words == "not measured: the server was busy with others"


def test_a_server_that_is_not_there_is_a_finding():
    """Nothing is raised for what a server does."""
    with ScriptedEndpoint(path("good")) as server:
        base_url = server.base_url
    with Client(base_url) as client:
        first, *rest = check_serving(make_contestant(base_url=base_url), client)
    assert (first.id, first.state) == ("answers", "broken")
    assert {finding.state for finding in rest} == {"not measured"}


def test_a_server_that_dies_meanwhile_is_named():
    """The questions after it are not measured; which one was the last is said."""
    answers, asked, servers = path("good"), count(1), []

    def dies(request):
        if next(asked) == 5:
            servers[0]._listener.shutdown(socket.SHUT_RDWR)
        return answers(request)

    with ScriptedEndpoint(dies) as server, Client(server.base_url) as client:
        servers.append(server)
        found = check_serving(make_contestant(base_url=server.base_url), client, limit_s=LIMIT_S)
    findings = {finding.id: finding for finding in found}
    assert named(findings) == {"answers": "broken: the server stopped answering after 5 questions"}


def test_what_does_not_fit_the_time_is_not_measured():
    """A server that takes a third of a second for each reply is asked for a second, not for six."""
    began = monotonic()
    findings, asked = checks_of(serve(Path(first_s=0.35)), limit_s=1)
    assert monotonic() - began < LIMIT_S
    assert len(asked) < 8
    assert {"tool-result", "late-system", "seed"} <= {
        each for each, finding in findings.items() if finding.words == "not measured: no time"
    }
    assert named(findings) == {}


def test_a_question_without_an_answer_is_given_up():
    """A server that falls silent costs a third of the limit, not the client's patience."""
    hangs, asked = path("good"), count(1)
    play = serve(Path(first_s=30))
    began = monotonic()
    findings, _ = checks_of(lambda r: hangs(r) if next(asked) == 1 else play(r), limit_s=1.5)
    assert monotonic() - began < 20
    assert findings["tool-call"].words == "not measured: no time"
    assert named(findings) == {}


def test_the_budget_is_ours_and_everything_else_the_contestants():
    """A contestant's own max_tokens would make the check take minutes; its temperature goes with it."""
    request = {"max_tokens": 9000, "temperature": 0.6}
    findings, asked = checks_of("good", sampling=Sampling(mode="fixed", request=request, seeded=True))
    assert all(body["max_tokens"] <= 256 and body["temperature"] == 0.6 for body in asked)
    assert all("seed" in body for body in asked)
    assert named(findings) == {}


def test_no_two_long_prompts_begin_alike():
    """A cached prefix would hide a cut, and make the next one seem fast."""
    _, asked = checks_of("good")
    firsts = [body["messages"][0]["content"].partition("\n")[0] for body in asked]
    words = [first for first in firsts if first.startswith("The secret word is")]
    assert len(words) > 3
    assert len(set(words)) == len(words)


@pytest.mark.parametrize(
    ("server", "knob"),
    [
        ("ollama", "num_ctx"),
        ("llama-server", "--ctx-size"),
        ("lm-studio", "Context Length"),
        ("vllm", "--max-model-len"),
        ("plain", "max_context_window"),
    ],
)
def test_the_setting_that_cuts_the_context_is_named_by_the_kind_of_server(server, knob):
    """The remedy is what the user has to change."""
    findings, _ = checks_of("truncates", server=server)
    assert knob in findings["long-prompt"].remedy
    assert knob in findings["context"].remedy


def test_the_servers_own_words_name_the_setting_too():
    """An error that speaks of max_context_window is not llama-server's."""
    findings, _ = checks_of("overflow-unknown")
    assert findings["context"].remedy == "oMLX: max_context_window"


def test_a_told_context_is_tried_just_beyond_its_end():
    """Prompts grow to a little more than what is told, and no further."""
    facts = {"context_served": Fact(value=3000, source="server")}
    findings, asked = checks_of("overflow", facts=facts)
    longest = max(len(body["messages"][0]["content"]) for body in asked)
    assert 3000 < longest / 4 < 4000
    assert "what is too long is refused" in findings["long-prompt"].words


def test_a_context_that_is_told_larger_than_it_is_is_named():
    """Slots divide what llama-server was given."""
    facts = {
        "context_served": Fact(value=32768, source="server"),
        "context_trained": Fact(value=32768, source="file"),
    }
    findings, _ = checks_of("overflow", facts=facts)
    assert findings["context"].words == "the server tells a context of 32768 tokens, and takes 3000"


def test_contestants_are_checked_one_after_the_other_and_one_that_cannot_start_is_a_finding(tmp_path):
    """A server that ends while loading costs the others nothing."""
    file = tmp_path / "contestants.toml"
    with ScriptedEndpoint({"good": path("good"), "cut": path("truncates")}) as server:
        file.write_text(
            f'[[contestant]]\nmodel = "good"\nendpoint = "{server.base_url}"\n'
            '[[contestant]]\nmodel = "x"\n[contestant.launch]\nargv = ["false", "{port}"]\n'
            f'[[contestant]]\nmodel = "cut"\nendpoint = "{server.base_url}"\n'
        )
        rows = [
            (contestant.model, [finding.id for finding in found if finding.state == "broken"])
            for contestant, found in checked(Asked(file=file), report=lambda _: None)
        ]
    assert rows == [("good", []), ("x", ["answers"]), ("cut", ["long-prompt"])]


@pytest.mark.embedded
@pytest.mark.usefixtures("embedded_weights")
def test_the_embedded_model_is_served_soundly():
    """A tiny model makes no calls and forgets words; nothing of its server is called broken."""
    with embedded.serve() as found, Client(found.base_url) as client:
        contestant = make_contestant(
            base_url=found.base_url, model=found.models[0].id, server="embedded", launch=Launch()
        )
        began = monotonic()
        findings = check_serving(contestant, client, limit_s=30)
        assert monotonic() - began < 10 * 30
    states = {finding.id: finding.state for finding in findings}
    assert "broken" not in states.values()
    assert {states[name] for name in ("answers", "usage", "timings", "stream-end")} == {"ok"}
    assert states["tool-call"] == "not measured"
