// Functions that are copies of one another, whatever their variables and literals are called.
//
// jscpd's own tokens keep names and literals; its detector is given tokens of the compiler instead.
"use strict";

const path = require("node:path");

const MODULES = process.argv[2];
const ts = require(path.join(MODULES, "typescript"));
const { inside } = require("./typescript_syntax.cjs");

/** Tokens of a function's body that must be alike, one after the other, in another's: less than that is chance. */
const CLONE_TOKENS = 40;
const KIND = ts.SyntaxKind;

/** Name a function as a reader would. */
function named(node) {
  const name = node.name ?? node.parent.name; // of a variable or a property that holds it
  const inClass = ts.isClassLike(node.parent);
  const owner = inClass ? `${node.parent.name?.text ?? "class"}.` : "";
  const own = ts.isConstructorDeclaration(node) ? "constructor" : (name?.getText() ?? "function");
  const { line } = node.getSourceFile().getLineAndCharacterOfPosition(node.getStart());
  return `${owner}${own} (line ${line + 1})`;
}

function word(node) {
  if (ts.isIdentifier(node) || ts.isPrivateIdentifier(node)) return "name";
  return ts.isLiteralExpression(node) ? "literal" : KIND[node.kind];
}

/** The tokens of a body: one name is like any other, and so is one literal; a function in it is one token. */
function* tokens(node, file, top = true) {
  if (!top && ts.isFunctionLike(node) && node.body && ts.isBlock(node.body)) {
    yield ["function", node];
    return;
  }
  const children = node
    .getChildren(file)
    .filter((child) => child.kind < KIND.FirstJSDocNode || child.kind > KIND.LastJSDocNode);
  if (children.length === 0) {
    if (node.end > node.getStart(file)) yield [word(node), node];
    return;
  }
  for (const child of children) yield* tokens(child, file, false);
}

function bodies(files) {
  const found = [];
  for (const file of files) {
    inside(file, (node) => {
      if (ts.isFunctionLike(node) && node.body && ts.isBlock(node.body))
        found.push({ node, tokens: [...tokens(node.body, file)] });
    });
  }
  return found;
}

/** Return [name, name] of each two functions that say the same, found by jscpd's detector on our tokens. */
async function clones(files) {
  const { Detector, MemoryStore } = require(path.join(MODULES, "@jscpd", "core"));
  const functions = bodies(files);
  const tokenizer = { generateMaps: (id) => [new Frames(id, functions[Number(id)].tokens)] };
  const detector = new Detector(tokenizer, new MemoryStore(), [], { minTokens: CLONE_TOKENS });
  const pairs = new Map();
  for (const index of functions.keys()) {
    for (const { duplicationA, duplicationB } of await detector.detect(String(index), "", "typescript")) {
      const both = [duplicationB, duplicationA].map(({ sourceId }) => named(functions[Number(sourceId)].node));
      if (duplicationA.sourceId !== duplicationB.sourceId) pairs.set(both.join(), both);
    }
  }
  return [...pairs.values()].slice(0, 50);
}

/** What the detector walks over: each run of CLONE_TOKENS tokens, by what it says. */
class Frames {
  constructor(id, all) {
    this.id = id;
    this.all = all;
    this.at = 0;
  }

  getFormat() {
    return "typescript";
  }

  next() {
    const run = this.all.slice(this.at, this.at + CLONE_TOKENS);
    if (run.length < CLONE_TOKENS) return { done: true, value: false };
    const place = (index) => ({ range: [index, index], loc: { start: { line: index }, end: { line: index } } });
    const value = {
      id: run.map(([word]) => word).join(" "),
      sourceId: this.id,
      start: place(this.at),
      end: place(this.at + CLONE_TOKENS - 1),
    };
    this.at += 1;
    return { done: false, value };
  }
}

module.exports = { clones };
