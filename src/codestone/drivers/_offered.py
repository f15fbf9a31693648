"""The tools of a task as the API has them, and whether the arguments of a call fit.

Of JSON schema this much is checked, for our own tools and for scripted ones: the arguments are an object,
``required`` ones are there, there is no other than ``properties`` names, each has its ``type`` (one name)
and is in its ``enum``. A null for what is not required counts as left out: some models always send all.
"""

from collections.abc import Mapping
from typing import Any

from codestone.answers.paths import escaped
from codestone.task import ToolSpec

_PATH = {"type": "string", "description": "Path of the file, relative to the workspace."}
_LINE = {"type": "integer", "description": "A line number, counted from 1."}


def _object(properties: Mapping[str, object], *required: str) -> dict[str, Any]:
    return {"type": "object", "properties": dict(properties), "required": list(required)}


PARAMETERS: Mapping[str, dict[str, Any]] = {
    "list": _object({"path": {"type": "string", "description": "Folder to list; the whole if left out."}}),
    "read": _object({"path": _PATH, "first_line": _LINE, "last_line": _LINE}, "path"),
    "search": _object(
        {
            "text": {"type": "string", "description": "Plain text to find, no regular expression."},
            "path": {"type": "string", "description": "File or folder to search; the whole if left out."},
        },
        "text",
    ),
    "write": _object(
        {"path": _PATH, "content": {"type": "string", "description": "The whole new text of the file."}},
        "path",
        "content",
    ),
    "replace": _object(
        {
            "path": _PATH,
            "old": {"type": "string", "description": "Text that the file holds exactly once."},
            "new": {"type": "string", "description": "Text to put in its place."},
        },
        "path",
        "old",
        "new",
    ),
}
"""Arguments of the tools that work on the workspace, by what they do."""

_TYPES: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
    "null": (type(None),),
}


def parameters(tool: ToolSpec) -> Mapping[str, Any]:
    """Return the JSON schema of a tool's arguments."""
    return tool.parameters if tool.does == "scripted" else PARAMETERS[tool.does]


def offered(tool: ToolSpec) -> dict[str, object]:
    """Return the tool as a request offers it."""
    function = {"name": tool.name, "description": tool.description, "parameters": parameters(tool)}
    return {"type": "function", "function": function}


def fitted(arguments: Mapping[str, Any], tool: ToolSpec) -> tuple[dict[str, Any], str]:
    """Return the arguments without those left out by a null, and what is wrong with them or ""."""
    schema = parameters(tool)
    properties, required = schema.get("properties", {}), schema.get("required", ())
    given = {name: value for name, value in arguments.items() if value is not None or name in required}
    faults = [f"{name!r} is missing" for name in required if name not in given]
    for name, value in given.items():
        if name not in properties:
            known = ", ".join(properties) or "none"
            faults.append(f"{escaped(name)!r} is no argument of it; known: {known}")
        elif words := _misfit(value, properties[name]):
            faults.append(f"{name!r} {words}")
    return given, "; ".join(faults[:5])


def _misfit(value: object, schema: Mapping[str, Any]) -> str:
    """Return what one value must be, "" where it is that."""
    wanted = schema.get("type")
    kinds = _TYPES.get(wanted, (object,)) if isinstance(wanted, str) else (object,)
    if not isinstance(value, kinds) or (isinstance(value, bool) and wanted in {"integer", "number"}):
        return f"must be of type {wanted}"
    if "enum" in schema and value not in schema["enum"]:
        return f"must be one of {', '.join(map(str, schema['enum']))}"
    return ""
