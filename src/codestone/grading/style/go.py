"""Go, as data: what is declared, named, dead and imported."""

import re

from codestone.grading.style.grammar import Captures, Grammar, words

_DECLARED = """
(function_declaration name: (identifier) @name) @declared
(method_declaration name: (field_identifier) @name) @declared
(type_spec name: (type_identifier) @name) @declared
(method_declaration receiver: (parameter_list (parameter_declaration type: [
  (type_identifier) @of
  (generic_type type: (type_identifier) @of)
  (pointer_type [(type_identifier) @of (generic_type type: (type_identifier) @of)])
]))) @part
"""

_NAMED = """
[(identifier) (field_identifier) (type_identifier)] @word
[(interpreted_string_literal_content) (raw_string_literal_content)] @text
((comment) @unsure (#match? @unsure "^//(go:linkname|export) "))
"""

_DEAD = """
(statement_list) @block
[(return_statement) (break_statement) (continue_statement) (goto_statement)] @end
((expression_statement (call_expression function: (identifier) @function)) @end (#eq? @function "panic"))
[(comment) (empty_statement)] @alive
(labeled_statement) @entry
(if_statement condition: (false) @never.head consequence: (block (statement_list) @never))
(for_statement (false) @never.head body: (block (statement_list) @never))
"""

_IMPORTS = """
(import_spec path: [
  (interpreted_string_literal (interpreted_string_literal_content) @module)
  (raw_string_literal (raw_string_literal_content) @module)
])
"""


def _imported(found: Captures, _data: bytes, _own: frozenset[str]) -> set[str]:
    return {name for name in map(words, found.get("module", [])) if not name.startswith(".")}


GRAMMAR = Grammar(
    package="tree_sitter_go",
    declared=_DECLARED,
    named=_NAMED,
    dead=_DEAD,
    imports=_IMPORTS,
    imported=_imported,
    private=re.compile(r".*"),
    # what begins with no small letter is exported
    spared=re.compile(r"main|init|_|[^a-z_].*"),
)
