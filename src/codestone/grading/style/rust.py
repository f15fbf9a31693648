"""Rust, as data: what is declared, named, dead and imported."""

import re
from collections.abc import Iterator

from codestone.grading.style.grammar import Captures, Grammar, words

_INERT = (
    "^(derive|allow|warn|deny|expect|inline|must_use|cold|doc|track_caller|non_exhaustive|repr|serde|command"
    "|clap|arg|deprecated|rustfmt::skip)$"
)
"""Attributes that hand a declaration to nobody."""

_DECLARED = f"""
(function_item name: (identifier) @name) @declared
(struct_item name: (type_identifier) @name) @declared
(enum_item name: (type_identifier) @name) @declared
(trait_item name: (type_identifier) @name) @declared
[(function_item (visibility_modifier)) (struct_item (visibility_modifier)) (enum_item (visibility_modifier))
  (trait_item (visibility_modifier)) (function_item (function_modifiers (extern_modifier)))] @free
(impl_item trait: (_) body: (declaration_list (_) @free))
(trait_item body: (declaration_list (_) @free))
((mod_item name: (identifier) @module) @sheltered (#match? @module "^tests?$"))
(impl_item type: [(type_identifier) @of (generic_type type: (type_identifier) @of)]) @part
[(attribute_item) (line_comment) (block_comment)] @mark
((attribute_item (attribute . (_) @attribute)) @mark @meaning (#not-match? @attribute "{_INERT}"))
"""

_NAMED = """
[(identifier) (type_identifier) (field_identifier) (shorthand_field_identifier)] @word
(string_content) @text
"""

_DEAD = """
(block) @block
(expression_statement [(return_expression) (break_expression) (continue_expression)]) @end
((expression_statement (macro_invocation macro: (identifier) @macro)) @end
  (#any-of? @macro "panic" "unreachable" "todo" "unimplemented"))
[(line_comment) (block_comment) (empty_statement) (attribute_item) (function_item) (struct_item) (enum_item)
  (union_item) (impl_item) (trait_item) (const_item) (static_item) (use_declaration) (mod_item) (type_item)
  (macro_definition) (extern_crate_declaration) (foreign_mod_item)] @alive
(attribute_item) @guard
((if_expression condition: (boolean_literal) @never.head consequence: (_) @never)
  (#eq? @never.head "false"))
((while_expression condition: (boolean_literal) @never.head body: (_) @never) (#eq? @never.head "false"))
"""

_IMPORTS = """
(use_declaration argument: (_) @use)
(extern_crate_declaration name: (identifier) @crate)
(mod_item name: (identifier) @own)
(scoped_identifier path: (identifier) @path)
(scoped_type_identifier path: (identifier) @path)
(token_tree (identifier) @path . "::" . (identifier))
"""

_NO_CRATE = {"bool", "char", "str", "self", "super", "crate", "u8", "u16", "u32", "u64", "u128", "usize"} | {
    *("i8", "i16", "i32", "i64", "i128", "isize", "f32", "f64")
}


def _imported(found: Captures, data: bytes, own: frozenset[str]) -> set[str]:
    """Return the crates that paths begin with: small names that no ``use`` and no ``mod`` brought in."""
    used: set[str] = set()
    local = {words(node) for node in found.get("own", [])} | _NO_CRATE | own
    for node in found.get("use", []):
        text = words(node)
        roots = set(_roots(text))
        used |= roots
        local |= set(re.findall(r"\w+", text)) - roots
    paths = (node for node in found.get("path", []) if not data.endswith(b"::", 0, node.start_byte))
    used |= {words(node) for node in (*found.get("crate", []), *paths)}
    return {name for name in used - local if name[:1].islower()}


def _roots(use: str) -> Iterator[str]:
    """Yield the first names of a ``use``: one, or those of the braces that it begins with."""
    within = [False]
    before = ""
    for word in re.findall(r"\w+|::|[{}]", use.removeprefix("::")):
        if word == "{":
            within.append(within[-1] or before == "::")
        elif word == "}" and len(within) > 1:
            within.pop()
        elif word[0].isalnum() and not within[-1] and before not in {"::", "as"} and word != "as":
            yield word
        before = word


GRAMMAR = Grammar(
    package="tree_sitter_rust",
    declared=_DECLARED,
    named=_NAMED,
    dead=_DEAD,
    imports=_IMPORTS,
    imported=_imported,
    private=re.compile(r".*"),
    spared=re.compile(r"main|_\w*|write_fmt|write_str"),
)
