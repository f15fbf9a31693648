"""Tool calls put together from the deltas of a stream. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from codestone.endpoint.chat import ToolCall


@dataclass(slots=True)
class _Call:
    index: object
    id: str
    name: list[str] = field(default_factory=list)
    arguments: list[str] = field(default_factory=list)


class Calls:
    """The calls of one reply, in order of their first delta."""

    def __init__(self) -> None:
        self._calls: list[_Call] = []
        self._numbered: dict[int, _Call] = {}

    def add(self, delta: Mapping[str, Any]) -> str:
        """Take one delta; return the text it brought, "" where it only opens a call."""
        function = delta.get("function")
        function = function if isinstance(function, dict) else {}
        name, arguments = _text(function.get("name")), _text(function.get("arguments"))
        call = self._call_of(delta.get("index"), _text(delta.get("id")))
        call.name.append(name)
        call.arguments.append(arguments)
        return name + arguments

    def finished(self) -> tuple[ToolCall, ...]:
        """Return the calls as they stand."""
        return tuple(
            ToolCall(id=call.id, name="".join(call.name), arguments="".join(call.arguments))
            for call in self._calls
        )

    def _call_of(self, index: object, call_id: str) -> _Call:
        """Find the call by its index; where a server sends none, a new id opens a new call."""
        if isinstance(index, int):
            call = self._numbered.get(index)
            if call is None:
                call = self._numbered[index] = _Call(index, call_id)
                self._calls.append(call)
            call.id = call.id or call_id
            return call
        for call in self._calls:
            if call.index == index if index is not None else bool(call_id) and call.id == call_id:
                call.id = call.id or call_id
                return call
        if index is None and not call_id and self._calls:
            return self._calls[-1]
        self._calls.append(_Call(index, call_id))
        return self._calls[-1]


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
