// Which exports of a module changed their type: the declarations of before and after, compared both ways.
//
// Assignability is the measure, so that a type may be written in another way. What it lets through is looked for
// besides: `any`, a parameter that went away, a `readonly` that did, members that only a subclass sees.
"use strict";

const path = require("node:path");
const ts = require(path.join(process.argv[2], "typescript"));

const DEPTH_LIMIT = 30;
const TOOLS = `
type Same<X, Y> = (<T>() => T extends X ? 1 : 2) extends (<T>() => T extends Y ? 1 : 2) ? true : false;
type IsFixed<T, P extends keyof T> = Same<{ [Q in P]: T[P] }, { -readonly [Q in P]: T[P] }>;
type Fixed<T> = { [P in keyof T]-?: IsFixed<T, P> extends true ? P : never }[keyof T];
type Taken<T> = NonNullable<T> extends (...args: infer A) => unknown ? A : never;
type Made<T> = T extends abstract new (...args: infer A) => unknown ? A : never;
`;

/**
 * Return what changed, by export, for each that is not what it was; `sources` holds the declarations, and
 * `program` knows the original.
 */
function differences(sources, entry, program) {
  const asking = program.getTypeChecker();
  const asked = exportsOf(asking, program.getSourceFile(path.posix.join("/original", entry)));
  const exported = [...asked.keys()].sort();
  const stem = entry.replace(/\.tsx?$/, "");
  const [before, after] = ["/original", "/answer"].map((folder) => `${folder}/${stem}.d.ts`);
  if (!sources.texts.has(before) || !sources.texts.has(after))
    return Object.fromEntries(exported.map((name) => [name, "it has no declarations"]));
  for (const file of [...sources.texts.keys()].filter((name) => /^\/(answer|original)\/.*\.d\.ts$/.test(name))) {
    sources.texts.set(file, open(sources.texts.get(file)));
    sources.texts.delete(file.replace(/\.d\.ts$/, ".ts"));
  }
  const modules = `import * as A from "./original/${stem}.js";\nimport * as B from "./answer/${stem}.js";\n`;
  const lines = exported.flatMap((name) => questions(asking, name, asked.get(name)));
  sources.texts.set("/compare.ts", modules + TOOLS + lines.map(([, line]) => line).join("\n"));
  const compared = sources.program([before, after, "/compare.ts"]);
  const checker = compared.getTypeChecker();
  const [kept, given] = [before, after].map((file) => exportsOf(checker, compared.getSourceFile(file)));
  const file = compared.getSourceFile("/compare.ts");
  const skipped = (modules + TOOLS).split("\n").length - 1;
  const changed = new Map(exported.filter((name) => !given.has(name)).map((name) => [name, "is gone"]));
  for (const wrong of [...compared.getSyntacticDiagnostics(file), ...compared.getSemanticDiagnostics(file)]) {
    const { line } = file.getLineAndCharacterOfPosition(wrong.start);
    const [name] = lines[line - skipped] ?? [exported[0]];
    if (!changed.has(name)) changed.set(name, ts.flattenDiagnosticMessageText(wrong.messageText, " "));
  }
  for (const name of exported.filter((one) => given.has(one) && !changed.has(one))) {
    const loose = whereAny(checker, given.get(name));
    if (loose && !whereAny(checker, kept.get(name))) changed.set(name, `is any at ${loose}`);
  }
  return Object.fromEntries(changed);
}

/**
 * Declarations as they can be compared: without private and protected members, as two classes that have some are
 * never the same type, and with texts for the numbers of enums, as any number can be assigned to an enum of numbers.
 * An enum has the name that it is exported by: two of different names are never the same type.
 */
function open(text) {
  const file = ts.createSourceFile("x.d.ts", text, ts.ScriptTarget.ES2022, true);
  const named = exportedEnums(file);
  const hidden = ts.ModifierFlags.Private | ts.ModifierFlags.Protected;
  const cut = [];
  const visit = (node) => {
    if (ts.isClassElement(node) && node.name && !ts.isConstructorDeclaration(node)) {
      if (ts.isPrivateIdentifier(node.name) || ts.getCombinedModifierFlags(node) & hidden) {
        cut.push([node.getFullStart(), node.end, ""]);
        return;
      }
    }
    if (ts.isEnumMember(node) && node.initializer && !ts.isStringLiteral(node.initializer)) {
      cut.push([node.initializer.pos, node.initializer.end, ` ${JSON.stringify(node.initializer.getText())}`]);
    }
    if (ts.isIdentifier(node) && named.has(node.text) && refers(node)) {
      cut.push([node.getStart(file), node.end, named.get(node.text)]);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return cut.reduceRight((left, [from, to, instead]) => left.slice(0, from) + instead + left.slice(to), text);
}

/** The name by which each enum is exported, by its own, where that is another and nothing else is called so. */
function exportedEnums(file) {
  const declared = new Map(file.statements.flatMap((node) => (node.name ? [[node.name.text, node]] : [])));
  const lists = file.statements.filter((node) => ts.isExportDeclaration(node) && !node.moduleSpecifier);
  const listed = lists.flatMap((node) => [...(node.exportClause?.elements ?? [])]);
  const renamed = listed.filter(({ propertyName, name }) => {
    const own = propertyName && declared.get(propertyName.text);
    return own && ts.isEnumDeclaration(own) && !declared.has(name.text);
  });
  return new Map(renamed.map(({ propertyName, name }) => [propertyName.text, name.text]));
}

/** Whether an identifier stands for what is declared by that name, and is not just the name of a member. */
function refers(node) {
  const { parent } = node;
  if (ts.isExportSpecifier(parent)) return parent.propertyName === node;
  const places = [parent.left, parent.expression, parent.typeName, parent.exprName];
  return ts.isEnumDeclaration(parent) || places.includes(node);
}

function exportsOf(checker, file) {
  const module = checker.getSymbolAtLocation(file);
  const symbols = module ? checker.getExportsOfModule(module) : [];
  const resolved = (one) => (one.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(one) : one);
  return new Map(symbols.map((one) => [one.name, resolved(one)]));
}

/** Return [export, a line of TypeScript that is right only where the export is what it was]. */
function questions(checker, name, symbol) {
  const asked = [];
  const both = (left, right, bound = "") =>
    asked.push([name, `function _${asked.length}_${name}${bound}(a: ${left}, b: ${right}): void { a = b; b = a; }`]);
  if (symbol.flags & ts.SymbolFlags.Value) {
    const type = checker.getTypeOfSymbol(symbol);
    both(`typeof A.${name}`, `typeof B.${name}`);
    if (type.getCallSignatures().length) both(`Taken<typeof A.${name}>`, `Taken<typeof B.${name}>`);
    if (type.getConstructSignatures().length) both(`Made<typeof A.${name}>`, `Made<typeof B.${name}>`);
  }
  if (symbol.flags & ts.SymbolFlags.Type) {
    const { bound, given } = parameters(symbol);
    const [left, right] = [`A.${name}${given}`, `B.${name}${given}`];
    const type = checker.getDeclaredTypeOfSymbol(symbol);
    both(left, right, bound);
    if (type.getCallSignatures().length) both(`Taken<${left}>`, `Taken<${right}>`, bound);
    if (type.flags & ts.TypeFlags.Object) {
      both(`Fixed<${left}>`, `Fixed<${right}>`, bound);
      for (const member of type.getProperties().filter((one) => takes(checker, one))) {
        const key = JSON.stringify(member.name);
        both(`Taken<${left}[${key}]>`, `Taken<${right}[${key}]>`, bound);
      }
    }
  }
  return asked;
}

/** The type parameters of a generic export, as they are declared and as they are passed on. */
function parameters(symbol) {
  const declared = symbol.declarations.find((node) => node.typeParameters)?.typeParameters ?? [];
  if (!declared.length) return { bound: "", given: "" };
  const bound = declared.map(
    (one) => `${one.name.text}${one.constraint ? ` extends ${one.constraint.getText()}` : ""}`,
  );
  return { bound: `<${bound.join(", ")}>`, given: `<${declared.map((one) => one.name.text).join(", ")}>` };
}

/** Whether a member is a function that everybody may call. */
function takes(checker, member) {
  const hidden = ts.ModifierFlags.Private | ts.ModifierFlags.Protected;
  const { declarations = [] } = member;
  if (/^__[@#]/.test(member.escapedName)) return false;
  if (declarations.some((node) => ts.getCombinedModifierFlags(node) & hidden)) return false;
  const type = checker.getNonNullableType(checker.getTypeOfSymbol(member));
  return type.getCallSignatures().length > 0;
}

/** Where in the type of an export `any` can be reached, or undefined. */
function whereAny(checker, symbol) {
  const seen = new Set();
  const visit = (type, where, depth) => {
    if (type.flags & ts.TypeFlags.Any) return where;
    if (depth > DEPTH_LIMIT || seen.has(type)) return undefined;
    seen.add(type);
    for (const [part, name] of parts(checker, type)) {
      const found = visit(part, `${where}${name}`, depth + 1);
      if (found) return found;
    }
    return undefined;
  };
  const { Value, Type } = ts.SymbolFlags;
  const value = symbol.flags & Value ? visit(checker.getTypeOfSymbol(symbol), symbol.name, 0) : undefined;
  return value ?? (symbol.flags & Type ? visit(checker.getDeclaredTypeOfSymbol(symbol), symbol.name, 0) : undefined);
}

/** The types that a type is made of; of the library's own types only what was put into them. */
function* parts(checker, type) {
  if (type.isUnionOrIntersection()) for (const part of type.types) yield [part, ""];
  for (const part of type.aliasTypeArguments ?? []) yield [part, "<>"];
  if (type.objectFlags & ts.ObjectFlags.Reference)
    for (const part of checker.getTypeArguments(type)) yield [part, "<>"];
  const bound = type.flags & ts.TypeFlags.TypeParameter ? checker.getBaseConstraintOfType(type) : undefined;
  if (bound) yield [bound, ""];
  if (!(type.flags & ts.TypeFlags.Object) || isLibrary(type.symbol)) return;
  for (const one of checker.getIndexInfosOfType(type)) yield [one.type, "[]"];
  for (const one of [...type.getCallSignatures(), ...type.getConstructSignatures()]) {
    for (const taken of one.getParameters()) yield [checker.getTypeOfSymbol(taken), `(${taken.name})`];
    yield [one.getReturnType(), "()"];
  }
  for (const one of type.getProperties()) yield [checker.getTypeOfSymbol(one), `.${one.name}`];
}

function isLibrary(symbol) {
  return (symbol?.declarations ?? []).some((node) => !/^\/(answer|original)\//.test(node.getSourceFile().fileName));
}

module.exports = { differences };
