// Runs inside a box of its own: reads TypeScript, prints facts about it as JSON, and runs none of it.
//
//     node typescript_facts.cjs MODULES        with the node_modules of the pinned compiler
//
// stdin is {"entry": path, "original": {path: text}, "answer": {path: text}}. The first line on stdout is "ready":
// the compiler and the original are sound, and whatever goes wrong from there on is the answer's doing. The second
// is the facts (codestone/grading/typescript_facts.py names them). Nothing is read from disk but the compiler's
// own declarations, and no configuration but the one below counts.
"use strict";

const fs = require("node:fs");
const path = require("node:path");

const MODULES = process.argv[2];
const ts = require(path.join(MODULES, "typescript"));
const { differences } = require("./typescript_types.cjs");
const { clones } = require("./typescript_clones.cjs");
const { measures, silenced, syntax } = require("./typescript_syntax.cjs");

const OPTIONS = {
  strict: true,
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  moduleDetection: ts.ModuleDetectionKind.Force,
  lib: ["lib.es2023.d.ts"],
  types: [],
  declaration: true,
  emitDeclarationOnly: true,
  allowImportingTsExtensions: true,
  skipLibCheck: true,
  skipDefaultLibCheck: true,
};
const LIBRARY = path.join(MODULES, "typescript", "lib");
/** What every place that runs the code has beside the language itself. */
const GLOBALS = `
declare var console: Record<"debug" | "error" | "info" | "log" | "warn", (...data: unknown[]) => void>;
declare function setTimeout(run: (...args: unknown[]) => void, ms?: number): number;
declare function clearTimeout(timer?: number): void;
declare function queueMicrotask(run: () => void): void;
declare function structuredClone<T>(value: T): T;
declare var performance: { now(): number };
`;

/** A compiler that sees these files, its own library, and nothing else. */
class Sources {
  constructor() {
    this.texts = new Map([["/globals.d.ts", GLOBALS]]);
    this.parsed = new Map();
  }

  add(folder, files) {
    for (const [name, text] of Object.entries(files)) {
      if (/\.tsx?$/.test(name)) this.texts.set(path.posix.join(folder, name), text);
    }
  }

  program(roots) {
    return ts.createProgram(["/globals.d.ts", ...roots], OPTIONS, this.host());
  }

  text(file) {
    if (this.texts.has(file)) return this.texts.get(file);
    return path.dirname(file) === LIBRARY && ts.sys.fileExists(file) ? ts.sys.readFile(file) : undefined;
  }

  host() {
    return {
      fileExists: (file) => this.text(file) !== undefined,
      readFile: (file) => this.text(file),
      directoryExists: () => true,
      getSourceFile: (file, how) => this.parse(file, how),
      getDefaultLibFileName: () => path.join(LIBRARY, "lib.es2023.d.ts"),
      getDefaultLibLocation: () => LIBRARY,
      getCurrentDirectory: () => "/",
      getCanonicalFileName: (file) => file,
      useCaseSensitiveFileNames: () => true,
      getNewLine: () => "\n",
      writeFile: () => {},
    };
  }

  /** Parsed once for all programs: the library is most of the work. */
  parse(file, how) {
    if (!this.parsed.has(file)) {
      const text = this.text(file);
      const ours = path.dirname(file) !== LIBRARY; // the binder tells the library's nodes their parents
      const read = { ...how, jsDocParsingMode: ts.JSDocParsingMode.ParseNone };
      this.parsed.set(file, text === undefined ? undefined : ts.createSourceFile(file, text, read, ours));
    }
    return this.parsed.get(file);
  }
}

function said(diagnostic) {
  const message = ts.flattenDiagnosticMessageText(diagnostic.messageText, " ");
  if (!diagnostic.file) return message;
  const { line } = diagnostic.file.getLineAndCharacterOfPosition(diagnostic.start);
  return `${path.posix.basename(diagnostic.file.fileName)}:${line + 1}: ${message} (TS${diagnostic.code})`;
}

function errors(program, files) {
  const broken = files.flatMap((file) => program.getSyntacticDiagnostics(file));
  return broken.length ? broken : files.flatMap((file) => program.getSemanticDiagnostics(file));
}

/** The declarations of some files, by path; forced, so that the original need not be checked for them. */
function declarations(program, files) {
  const written = new Map();
  const forced = [undefined, true, undefined, true];
  for (const file of files) program.emit(file, (name, text) => written.set(name, text), ...forced);
  return written;
}

function names(program, file) {
  const checker = program.getTypeChecker();
  const symbol = checker.getSymbolAtLocation(file);
  return symbol
    ? checker
        .getExportsOfModule(symbol)
        .map((one) => one.name)
        .sort()
    : [];
}

/** Print a line, all of it, before anything else can happen. */
function print(line) {
  const data = Buffer.from(`${line}\n`);
  for (let at = 0; at < data.length;) at += fs.writeSync(1, data, at);
}

async function main() {
  const { entry, original, answer } = JSON.parse(fs.readFileSync(0, "utf8"));
  const sources = new Sources();
  sources.add("/original", original);
  sources.add("/answer", answer);
  const of = (program, folder) => program.getSourceFiles().filter((file) => file.fileName.startsWith(`${folder}/`));
  const roots = [...sources.texts.keys()].filter((file) => !file.endsWith(".d.ts"));

  const before = sources.program(roots.filter((file) => file.startsWith("/original/")));
  const first = before.getSourceFile(path.posix.join("/original", entry));
  const wrong = of(before, "/original").flatMap((file) => before.getSyntacticDiagnostics(file));
  if (!first || wrong.length) throw new Error(`the original is no TypeScript: ${wrong.map(said)}`);
  print("ready");

  const program = sources.program(roots);
  const [theirs, ours] = [of(program, "/answer"), of(program, "/original")];
  const kept = program.getSourceFile(path.posix.join("/original", entry));
  const given = program.getSourceFile(path.posix.join("/answer", entry));
  const expected = names(program, kept);
  const parses = given && theirs.every((file) => program.getSyntacticDiagnostics(file).length === 0);
  if (parses) for (const [name, text] of declarations(program, [...ours, ...theirs])) sources.texts.set(name, text);
  const told = {
    errors: given ? errors(program, theirs).slice(0, 20).map(said) : [`there is no ${entry}`],
    silenced: silenced(theirs),
    exports: given ? names(program, given) : [],
    expected,
    changed: parses
      ? differences(sources, entry, program)
      : Object.fromEntries(expected.map((name) => [name, "it does not parse"])),
    clones: await clones(theirs),
    functions: given ? measures(program, given, expected) : {},
    functions_were: measures(program, kept, expected),
    syntax: syntax(theirs, program),
    syntax_was: syntax(ours, program),
  };
  print(JSON.stringify(told));
}

main();
