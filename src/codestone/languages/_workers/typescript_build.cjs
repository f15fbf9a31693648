// Runs inside the box, before any worker: translates the workspace's TypeScript, and runs none of it.
//
//     node typescript_build.cjs TYPESCRIPT        with the folder of the `typescript` package
//
// Beside each `x.ts` it leaves `x.ts.mjs` (an ES module), or `x.ts.cjs` where the file is written as CommonJS,
// with the imports led to these. Types are removed and not checked. A file that is no TypeScript becomes a
// module that throws the compiler's first message, so that the checks that need it fail, and no others.
// A candidate's tsconfig.json is not read.
"use strict";

const fs = require("node:fs");
const path = require("node:path");
const { pathToFileURL } = require("node:url");
const ts = require(process.argv[2]);

const WORKSPACE = process.cwd();
const SKIPPED = new Set(["node_modules", ".git"]);
const OPTIONS = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  jsx: ts.JsxEmit.React,
  inlineSourceMap: true,
  noLib: true,
  noCheck: true,
  types: [],
};
const host = ts.createCompilerHost(OPTIONS);
const parse = host.getSourceFile.bind(host);
const parsed = new Map();
host.getSourceFile = (file, how) => {
  if (!parsed.has(file)) parsed.set(file, orNull(() => parse(file, how)));
  return parsed.get(file) === null ? ts.createSourceFile(file, "", how) : parsed.get(file);
};

/**
 * That the compiler gives up (most often, nesting that is too deep for it) is the file's fault, not ours; so is a
 * folder that cannot be read, or a disk that is full.
 */
function orNull(act) {
  try {
    return act();
  } catch {
    return null;
  }
}

function sources(folder) {
  return (orNull(() => fs.readdirSync(folder, { withFileTypes: true })) ?? []).flatMap((entry) => {
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) return SKIPPED.has(entry.name) ? [] : sources(file);
    return entry.isFile() && isSource(file) ? [file] : [];
  });
}

function isSource(file) {
  return /\.[cm]?tsx?$/.test(file) && !/\.d\.[cm]?ts$/.test(file);
}

/** What a file becomes: it depends on its syntax alone, so that the files which import it know. */
function output(file) {
  return `${file}${isCommon(file) ? ".cjs" : ".mjs"}`;
}

const common = new Map();

function isCommon(file) {
  if (!common.has(file)) {
    const source = host.getSourceFile(file, OPTIONS.target);
    const words = /\bmodule\.exports\b|\bexports\.\w|\brequire\s*\(/;
    common.set(file, /\.cts$/.test(file) || (!ts.isExternalModule(source) && words.test(source.text)));
  }
  return common.get(file);
}

/** Return the text with each relative import led to what that file becomes; no line is moved. */
function led(text, file) {
  const tree = ts.createSourceFile("x.js", text, OPTIONS.target, false, ts.ScriptKind.JS);
  const found = [];
  const visit = (node) => {
    const literal = imported(node);
    if (literal && ts.isStringLiteralLike(literal) && literal.text.startsWith(".")) found.push(literal);
    ts.forEachChild(node, visit);
  };
  visit(tree);
  let changed = text;
  for (const literal of found.reverse()) {
    const target = resolved(literal.text, file);
    const written = JSON.stringify(target);
    if (target) changed = changed.slice(0, literal.getStart(tree)) + written + changed.slice(literal.end);
  }
  return changed;
}

function imported(node) {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return node.moduleSpecifier;
  if (!ts.isCallExpression(node) || node.arguments.length === 0) return undefined;
  const { expression } = node;
  const imports = expression.kind === ts.SyntaxKind.ImportKeyword;
  const requires = ts.isIdentifier(expression) && expression.text === "require";
  return imports || requires ? node.arguments[0] : undefined;
}

function resolved(specifier, file) {
  const { resolvedModule } = ts.resolveModuleName(specifier, file, { ...OPTIONS, allowJs: true }, host);
  if (!resolvedModule) return undefined;
  const target = resolvedModule.resolvedFileName;
  const relative = path.relative(path.dirname(file), isSource(target) ? output(target) : target);
  return relative.startsWith(".") ? relative : `./${relative}`;
}

/** A module that throws what the compiler said, at the line where it said it. */
function thrown(diagnostic, file) {
  const { line } = diagnostic.file.getLineAndCharacterOfPosition(diagnostic.start);
  const message = ts.flattenDiagnosticMessageText(diagnostic.messageText, "\n");
  const stack = `SyntaxError: ${message}\n    at ${pathToFileURL(file)}:${line + 1}:1`;
  return `throw Object.assign(new SyntaxError(${JSON.stringify(message)}), { stack: ${JSON.stringify(stack)} });\n`;
}

function translate(program, file) {
  const source = program.getSourceFile(file);
  const [wrong] = program.getSyntacticDiagnostics(source);
  if (wrong) return thrown(wrong, file);
  let text;
  program.emit(source, (name, written) => {
    if (/\.[cm]?jsx?$/.test(name)) text = written;
  });
  return led(text, file);
}

/** Write what a file becomes; what lay in its place, or in that of the other kind, must not be run instead. */
function leave(file, text) {
  for (const kind of [".mjs", ".cjs"]) fs.rmSync(`${file}${kind}`, { recursive: true, force: true });
  fs.writeFileSync(output(file), text);
}

function main() {
  const files = sources(WORKSPACE);
  const program = orNull(() => ts.createProgram(files, OPTIONS, host));
  for (const file of files) {
    const text = program && parsed.get(file) && orNull(() => translate(program, file));
    orNull(() => leave(file, text ?? 'throw new SyntaxError("the compiler gave up on it");\n'));
  }
}

main();
