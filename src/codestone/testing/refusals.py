"""What servers say instead of an answer, in their own words: status, body, and headers by name. Data.

The wordings are those of the servers' source or of reports to their makers; what the engine makes of each
is ``codestone.endpoint.faults``.
"""

from collections.abc import Mapping
from typing import NamedTuple


class Refusal(NamedTuple):
    """One answer that is none; text is sent as it is, an object as JSON."""

    status: int
    body: Mapping[str, object] | str
    headers: Mapping[str, str] = {}


def _error(message: str, **more: object) -> Mapping[str, object]:
    return {"error": {"message": message, **more}}


_GATEWAY = "<html><head><title>{0}</title></head><body><center><h1>{0}</h1></center></body></html>"

REFUSALS: Mapping[str, Refusal] = {
    "bad-request": Refusal(400, _error("unknown field 'x'", code=400)),
    "unauthorised": Refusal(401, _error("Invalid API Key", code=401)),
    "forbidden": Refusal(403, _error("this key may not use this model", code=403)),
    "no-such-model": Refusal(404, _error("model 'qwen' not found, try pulling it first", type="api_error")),
    "too-large": Refusal(413, "Payload Too Large"),
    "too-many": Refusal(429, "Too many requests\n"),
    "too-many-for-now": Refusal(429, _error("rate limit reached"), {"Retry-After": "30"}),
    "error-500": Refusal(500, _error("out of memory", code=500)),
    "bad-gateway": Refusal(502, _GATEWAY.format("502 Bad Gateway")),
    "gateway-timeout": Refusal(504, _GATEWAY.format("504 Gateway Time-out")),
    "busy": Refusal(503, _error("server busy, please try again. maximum pending requests exceeded")),
    "loading-for-ever": Refusal(503, _error("Loading model", code=503, type="unavailable_error")),
    "context-overflow": Refusal(
        400,
        _error(
            "request (9412 tokens) exceeds the available context size (8192 tokens)",
            code=400,
            type="exceed_context_size_error",
            n_prompt_tokens=9412,
            n_ctx=8192,
        ),
    ),
    "overflow-vllm": Refusal(
        400,
        {
            "object": "error",
            "message": "This model's maximum context length is 8192 tokens. However, you requested 9412 "
            "tokens (5316 in the messages, 4096 in the completion). Please reduce the length of the messages "
            "or completion.",
            "type": "BadRequestError",
            "param": None,
            "code": 400,
        },
    ),
    "overflow-ollama": Refusal(400, {"error": "the input length exceeds the context length"}),
    "overflow-omlx": Refusal(
        400, _error("Prompt too long: 9412 tokens exceeds max context window of 8192 tokens", code=None)
    ),
    "load-failed-llama-server": Refusal(
        500, _error("model name=qwen:Q4_K_M failed to load", code=500, type="server_error")
    ),
    "load-failed-llama-swap": Refusal(
        502, "unable to start process: upstream command exited prematurely but successfully\n"
    ),
    "load-failed-llama-swap-json": Refusal(
        500, {"error": "unspecific error: upstream command exited prematurely", "src": "llama-swap"}
    ),
    "load-failed-ollama-memory": Refusal(
        500, _error("model requires more system memory (7.5 GiB) than is available (5.2 GiB)")
    ),
    "load-failed-ollama-cuda": Refusal(
        500,
        _error(
            "llama runner process has terminated: cudaMalloc failed: out of memory\n"
            "ggml_gallocr_reserve_n: failed to allocate CUDA0 buffer of size 6936330240"
        ),
    ),
    "load-failed-lm-studio": Refusal(
        400,
        _error(
            'Failed to load model "qwen". Error: Model loading was stopped due to insufficient system '
            "resources. Under the current settings, this model requires approximately 273.25 GB of memory."
        ),
    ),
    "load-failed-omlx": Refusal(
        500, _error("Model 'Qwen' (218.08GB) exceeds max-model-memory (25.00GB)", type="server_error")
    ),
    "load-failed-cuda": Refusal(500, _error("CUDA error: out of memory")),
}
