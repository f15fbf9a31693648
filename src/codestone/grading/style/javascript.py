"""JavaScript and TypeScript, as data: what is declared, named, dead and imported."""

import re
from dataclasses import replace

from codestone.grading.style.grammar import Captures, Grammar, words

_DECLARED = """
(function_declaration name: (_) @name) @declared
(generator_function_declaration name: (_) @name) @declared
(class_declaration name: (_) @name) @declared
(variable_declarator name: (identifier) @name
  value: [(arrow_function) (function_expression) (generator_function) (class)]) @declared
(class_body (method_definition name: [(property_identifier) (private_property_identifier)] @name) @declared)
(class_body (FIELD PROPERTY: [(property_identifier) (private_property_identifier)] @name
  value: [(arrow_function) (function_expression)]) @declared)
(class_declaration name: (_) @owner body: (class_body [(method_definition) (FIELD)] @member))
(class body: (class_body [(method_definition) (FIELD)] @member))
(class_declaration (class_heritage) body: (class_body (_) @inherits))
(class (class_heritage) body: (class_body (_) @inherits))
(class_body (method_definition name: (private_property_identifier)) @hidden)
(class_body (FIELD PROPERTY: (private_property_identifier)) @hidden)
(class_declaration decorator: (decorator)) @free
(export_statement declaration: (_) @free)
(export_statement declaration: (lexical_declaration (variable_declarator) @free))
(export_statement declaration: (variable_declaration (variable_declarator) @free))
"""
_DECLARED_JS = f"""
{_DECLARED.replace("FIELD", "field_definition").replace("PROPERTY", "property")}
(class_body (_ decorator: (decorator)) @free)
"""
_DECLARED_TS = f"""
{_DECLARED.replace("FIELD", "public_field_definition").replace("PROPERTY", "name")}
(class_body (decorator) . (_) @free)
(abstract_class_declaration name: (_) @name) @declared
(abstract_class_declaration name: (_) @owner
  body: (class_body [(method_definition) (public_field_definition)] @member @inherits))
(ambient_declaration (_) @free)
((class_body (method_definition (accessibility_modifier) @modifier) @hidden) (#eq? @modifier "private"))
((class_body (public_field_definition (accessibility_modifier) @modifier) @hidden)
  (#eq? @modifier "private"))
"""

_NAMED = """
[(identifier) (property_identifier) (private_property_identifier) (shorthand_property_identifier)
  (shorthand_property_identifier_pattern)] @word
(string_fragment) @text
(expression_statement (string (string_fragment) @quiet))
(export_statement declaration: (class_declaration name: (_) @offered))
(export_specifier name: (identifier) @offered)
(export_statement value: (identifier) @offered)
(assignment_expression right: (identifier) @offered)
(return_statement (identifier) @offered)
(shorthand_property_identifier) @offered
(pair value: (identifier) @offered)
(array (identifier) @offered)
(arguments (identifier) @offered)
(arrow_function body: (identifier) @offered)
(variable_declarator value: (identifier) @offered)
(class_declaration decorator: (decorator) name: (_) @offered)
(new_expression constructor: (identifier) @offered)
(new_expression constructor: (this) @unsure.member)
((identifier) @unsure (#any-of? @unsure "eval" "Function"))
((property_identifier) @unsure.member (#any-of? @unsure.member "getPrototypeOf" "getOwnPropertyNames"))
((identifier) @unsure.member (#eq? @unsure.member "Reflect"))
(subscript_expression object: (this) index: [(identifier) (template_string) (binary_expression)
  (member_expression) (call_expression)] @unsure.member)
(call_expression function: (subscript_expression) @unsure.member)
"""
_NAMED_JS = f"{_NAMED}(class_heritage (identifier) @offered)"
_NAMED_TS = f"""
{_NAMED}
(export_statement declaration: (abstract_class_declaration name: (_) @offered))
(extends_clause value: (identifier) @offered)
(type_identifier) @word
"""

_DEAD = """
[(program) (statement_block) (switch_case) (switch_default)] @block
[(return_statement) (throw_statement) (break_statement) (continue_statement)] @end
[(comment) (empty_statement) (function_declaration) (generator_function_declaration) (import_statement)
  (export_statement)] @alive
(variable_declaration (variable_declarator !value)) @alive
(labeled_statement) @entry
(if_statement condition: (parenthesized_expression (false)) @never.head consequence: (_) @never)
(while_statement condition: (parenthesized_expression (false)) @never.head body: (_) @never)
"""
_DEAD_TS = f"""
{_DEAD}
[(type_alias_declaration) (interface_declaration) (function_signature) (ambient_declaration)] @alive
"""

_IMPORTS = """
(import_statement source: (string (string_fragment) @module))
(export_statement source: (string (string_fragment) @module))
(call_expression function: (import) arguments: (arguments . (string (string_fragment) @module)))
((call_expression function: (identifier) @function
  arguments: (arguments . (string (string_fragment) @module)))
  (#eq? @function "require"))
"""
_IMPORTS_TS = f"{_IMPORTS}(import_require_clause source: (string (string_fragment) @module))"


def _imported(found: Captures, _data: bytes, _own: frozenset[str]) -> set[str]:
    names = {words(node).removeprefix("node:") for node in found.get("module", [])}
    return {name for name in names if name and not name.startswith((".", "/", "#"))}


JAVASCRIPT = Grammar(
    package="tree_sitter_javascript",
    declared=_DECLARED_JS,
    named=_NAMED_JS,
    dead=_DEAD,
    imports=_IMPORTS,
    imported=_imported,
    private=re.compile(r"_.*"),
    spared=re.compile(r"_|main"),
    protocol=re.compile(
        r"constructor|toString|toJSON|toLocaleString|valueOf|then|catch|finally|next|return|throw|inspect|dispose"
        r"|handleEvent|\w+Callback|transform|flush|start|pull|cancel|write|close|abort|get|set|has"
        r"|_(read|write|writev|transform|flush|final|destroy|construct)"
    ),
)
TYPESCRIPT = replace(
    JAVASCRIPT,
    package="tree_sitter_typescript",
    function="language_typescript",
    declared=_DECLARED_TS,
    named=_NAMED_TS,
    dead=_DEAD_TS,
    imports=_IMPORTS_TS,
)
TSX = replace(TYPESCRIPT, function="language_tsx")
