"""Which setting of which kind of server a finding is about."""

from collections.abc import Mapping

_LLAMA = "llama-server"

_CONTEXT = {
    _LLAMA: "llama-server: -c N (--ctx-size), which is divided among the slots of -np N",
    "embedded": "context_tokens of the contestant's launch",
    "llama-swap": "llama-swap: -c N in the model's `cmd`",
    "ollama": "Ollama: num_ctx, set with OLLAMA_CONTEXT_LENGTH=N or `PARAMETER num_ctx N` in a Modelfile",
    "lm-studio": "LM Studio: the model's Context Length, or `lms load --context-length N`",
    "vllm": "vLLM: --max-model-len N",
    "omlx": "oMLX: max_context_window",
}
_THINKING = {
    _LLAMA: "llama-server: --jinja, with --chat-template-kwargs '{\"enable_thinking\": false}'"
    " or --reasoning-budget 0 to switch it off",
    "llama-swap": "llama-swap: --jinja and --reasoning-budget in the model's `cmd`",
    "ollama": "Ollama: `think` (true or false) in the request, for models that support it",
    "vllm": "vLLM: chat_template_kwargs.enable_thinking in the request",
}
_CHANNELS = {
    _LLAMA: "llama-server: --jinja --reasoning-format deepseek, and a chat template that fits the model",
    "llama-swap": "llama-swap: --jinja --reasoning-format deepseek in the model's `cmd`",
    "vllm": "vLLM: --reasoning-parser NAME",
    "lm-studio": "LM Studio: the developer setting that puts reasoning into reasoning_content",
}
_TOOLS = {
    _LLAMA: "llama-server: --jinja, and --chat-template-file with a template that its parser knows",
    "llama-swap": "llama-swap: --jinja and --chat-template-file in the model's `cmd`",
    "ollama": "Ollama: a model whose TEMPLATE has tools (`ollama show --template MODEL`)",
    "vllm": "vLLM: --enable-auto-tool-choice --tool-call-parser NAME",
}
_OUTPUT = {
    _LLAMA: "llama-server: -n N (--predict); -1 for no limit",
    "ollama": "Ollama: num_predict in the Modelfile; -1 for no limit",
}
_ELSE: Mapping[str, str] = {
    "context": "the server's own setting of context or request size (oMLX: max_context_window)",
    "thinking": "the server's own switch for thinking, and the contestant's `thinking.request`",
    "channels": "the server's parser of thinking (reasoning parser), and a chat template that fits the model",
    "tools": "the server's parser of tool calls, and a chat template that fits the model",
    "output": "the server's own limit of output tokens",
}
_KNOBS: Mapping[str, Mapping[str, str]] = {
    "context": _CONTEXT,
    "thinking": _THINKING,
    "channels": _CHANNELS,
    "tools": _TOOLS,
    "output": _OUTPUT,
}


def knob(topic: str, server: str, said: str = "") -> str:
    """Return the setting of a server kind; ``said``, the server's words, may name it too."""
    if topic == "context" and "max_context_window" in said:
        server = "omlx"
    return _KNOBS[topic].get(server, _ELSE[topic])
