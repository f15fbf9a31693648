"""Python, as data: what is declared, named, dead and imported."""

import re

from codestone.grading.style.grammar import Captures, Grammar, words

_INERT = (
    r"^@\s*((functools|contextlib|dataclasses|typing|abc|enum)\.)?"
    r"(staticmethod|classmethod|property|cache|lru_cache|cached_property|wraps|total_ordering|final"
    r"|singledispatch|contextmanager|asynccontextmanager|dataclass|no_type_check)\\b"
)
"""Decorators that hand a function to nobody."""

_DECLARED = f"""
(function_definition name: (identifier) @name) @declared
(class_definition name: (identifier) @name) @declared
(class_definition name: (identifier) @owner body: (block [
  (function_definition) @member
  (class_definition) @member
  (decorated_definition definition: (_) @member)
]))
(class_definition superclasses: (argument_list (_)) body: (block [
  (function_definition) @inherits
  (decorated_definition definition: (_) @inherits)
]))
((decorated_definition (decorator) @decorator definition: (_) @free) (#not-match? @decorator "{_INERT}"))
"""

_NAMED = """
(identifier) @word
(string_content) @text
(expression_statement (string (string_content) @quiet))
(class_definition superclasses: (argument_list (identifier) @offered))
(return_statement (identifier) @offered)
(pair value: (identifier) @offered)
(list (identifier) @offered)
(tuple (identifier) @offered)
(expression_list (identifier) @offered)
(argument_list (identifier) @offered)
(keyword_argument value: (identifier) @offered)
(lambda body: (identifier) @offered)
(assignment right: (identifier) @offered)
(call function: (identifier) @offered)
(decorated_definition definition: (class_definition name: (identifier) @offered))
(class_definition name: (identifier) @offered body: (block
  (decorated_definition (decorator (identifier) @decorator)))
  (#eq? @decorator "classmethod"))
((assignment left: (identifier) @all right: (_ (string (string_content) @offered)))
  (#eq? @all "__all__"))
((identifier) @unsure (#any-of? @unsure "getattr" "globals" "locals" "vars" "eval" "exec" "dir" "inspect"
  "__dict__" "__subclasses__" "__init_subclass__" "getmembers"))
"""

_DEAD = """
[(module) (block)] @block
[(return_statement) (raise_statement) (break_statement) (continue_statement)] @end
(comment) @alive
(yield) @alive.within
(if_statement condition: (false) @never.head consequence: (_) @never)
(elif_clause condition: (false) @never.head consequence: (_) @never)
(while_statement condition: (false) @never.head body: (_) @never)
((if_statement condition: (integer) @never.head consequence: (_) @never) (#eq? @never.head "0"))
((while_statement condition: (integer) @never.head body: (_) @never) (#eq? @never.head "0"))
"""

_IMPORTS = """
(import_statement name: (dotted_name . (identifier) @module))
(import_statement name: (aliased_import name: (dotted_name . (identifier) @module)))
(import_from_statement module_name: (dotted_name . (identifier) @module))
((call function: (_) @function arguments: (argument_list . (string (string_content) @module)))
  (#any-of? @function "__import__" "import_module" "importlib.import_module"))
"""


def _imported(found: Captures, _data: bytes, own: frozenset[str]) -> set[str]:
    names = {words(node).partition(".")[0] for node in found.get("module", [])}
    return {name for name in names if name and name not in own}


GRAMMAR = Grammar(
    package="tree_sitter_python",
    declared=_DECLARED,
    named=_NAMED,
    dead=_DEAD,
    imports=_IMPORTS,
    imported=_imported,
    private=re.compile(r"_.*"),
    spared=re.compile(r"__\w+__|_|main|test\w*|Test\w*|(setup|teardown|pytest)_\w+"),
    protocol=re.compile(
        r"(read|write|seek|visit_|do_|on_)\w*|flush|close|send|throw|keys|items|values|get|run|acquire|release"
        r"|fileno|tell|emit"
    ),
)
