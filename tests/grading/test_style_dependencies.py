import pytest

from codestone.grading.style import style_facts

PYTHON = """
from __future__ import annotations
import os.path as p, heapq
import json
from collections.abc import Iterable
from . import sibling
from .near import x
from jobs.core import y
import neighbour
z = __import__("socket")
"""
JAVASCRIPT = """
import fs from "node:fs/promises";
import { x } from "./x.js";
export * from "events";
const a = require("node:path");
const b = await import("@scope/b");
require(name);
log("not this");
"""
RUST = """
use std::{collections::HashMap, fs, io::{self, Read}};
use serde::Serialize;
use serde_json as sj;
use crate::near::X;
use self::inner::Y;
use Kind::{A, B};
use ::clap::*;
use io::Write;
extern crate rand;
mod near;
mod inner { use super::Z; }
fn f(x: u8) -> anyhow::Result<()> {
    let _ = (u32::MAX, fs::read("a"), near::g(), Vec::<u8>::new(), sj::from_str("a"), io::stdin());
    println!("{}", regex::escape("a"));
    println!("{:?}", std::env::args());
    log::info!("b");
    x.parse::<u8>()
}
"""


@pytest.mark.parametrize(
    ("path", "text", "names"),
    [
        ("a.py", PYTHON, "collections, heapq, json, os, socket"),
        ("a.js", JAVASCRIPT, "@scope/b, events, fs/promises, path"),
        ("a.ts", 'import a = require("zlib");\nimport type { T } from "./t";\n', "zlib"),
        ("a.tsx", 'import React from "react";\nexport const a = <b/>;\n', "react"),
        (
            "a.go",
            'package m\n\nimport (\n\t"fmt"\n\th "net/http"\n\t. `os`\n)\n\nimport "./near"\n',
            "fmt, net/http, os",
        ),
        ("a.rs", RUST, "anyhow, clap, log, rand, regex, serde, serde_json, std"),
        ("a.py", "x = 1\n", ""),
    ],
)
def test_dependencies_are_the_modules_that_are_named(tmp_path, path, text, names):
    """The standard library included; neither what is the answer's own nor what only looks like a path."""
    source = {path: text, "jobs/core.py": "y = 1\n", "neighbour.py": ""}
    facts = style_facts(source, files=(path,), start=tmp_path, asked="")
    assert facts["dependencies"] == names


def test_dependencies_of_all_files_are_one_line(tmp_path):
    """Sorted, each once, without what a terminal would act upon, and bounded."""
    source = {"a.js": 'import "b";\nimport "\u202e";\n', "b.go": "package m\n\nimport `c\n d`\n"}
    facts = style_facts(source | {"c.py": "import b, a\n"}, files=("*",), start=tmp_path, asked="")
    assert facts["dependencies"] == "a, b, c d, \\u202e"
    many = {"a.py": "".join(f"import module_{n}\n" for n in range(100))}
    assert len(style_facts(many, files=("a.py",), start=tmp_path, asked="")["dependencies"]) == 200
