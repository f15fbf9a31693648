// What the syntax of a module tells: its size, that of single functions, and which long ways of writing stand in it.
// Sizes are in nodes of the syntax tree, so that neither lines nor comments count.
"use strict";

const path = require("node:path");
const ts = require(path.join(process.argv[2], "typescript"));

const KIND = ts.SyntaxKind;

function inside(node, visit) {
  visit(node);
  ts.forEachChild(node, (child) => inside(child, visit));
}

function count(node, fits) {
  let found = 0;
  inside(node, (one) => (found += fits(one) ? 1 : 0));
  return found;
}

/** What keeps the compiler quiet, or from seeing: each as `line: words`. */
function silenced(files) {
  return files.flatMap((file) => {
    const found = [];
    const note = (position, words) =>
      found.push(
        `${path.posix.basename(file.fileName)}:${file.getLineAndCharacterOfPosition(position).line + 1}: ${words}`,
      );
    for (const match of file.text.matchAll(/@ts-(nocheck|ignore|expect-error)\b|^\s*\/\/\/\s*<\w/gm))
      note(match.index, match[0].trim());
    inside(file, (node) => {
      const words = quiets(node);
      if (words) note(node.getStart(file), words);
    });
    return found.slice(0, 20);
  });
}

function quiets(node) {
  if (node.kind === KIND.AnyKeyword) return "any";
  if (ts.isModuleDeclaration(node) && (ts.isStringLiteral(node.name) || node.name.text === "global"))
    return "declare global";
  if (ts.isAsExpression(node) || ts.isTypeAssertionExpression(node)) {
    if (node.type.kind === KIND.NeverKeyword) return "as never";
    const inner = bare(node.expression);
    const twice =
      (ts.isAsExpression(inner) || ts.isTypeAssertionExpression(inner)) && !ts.isConstTypeReference(inner.type);
    if (twice) return "an assertion of an assertion";
  }
  if (ts.isIdentifier(node) && node.text === "eval" && !ts.isPropertyAccessExpression(node.parent))
    return "code in a string (eval)";
  const called = ts.isCallExpression(node) || ts.isNewExpression(node) ? bare(node.expression) : undefined;
  if (called && ts.isIdentifier(called) && called.text === "Function") return "code in a string (Function)";
  if (called?.kind === KIND.ImportKeyword) return "import()";
  return undefined;
}

function bare(node) {
  return ts.isParenthesizedExpression(node) ? bare(node.expression) : node;
}

/**
 * For each exported function: `own`, the nodes of what declares it, and with everything of the module that it calls
 * (what was only moved away is still there), `nodes` and `paths`, 1 and one more for each decision.
 */
function measures(program, file, exported) {
  const checker = program.getTypeChecker();
  const module = checker.getSymbolAtLocation(file);
  const found = {};
  for (const symbol of module ? checker.getExportsOfModule(module) : []) {
    if (!exported.includes(symbol.name)) continue;
    const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
    const declared = target.valueDeclaration;
    if (!declared || !checker.getTypeOfSymbol(target).getCallSignatures().length) continue;
    const all = [...reached(checker, start(checker, target, declared))];
    const sum = (measure) => all.reduce((total, node) => total + measure(node), 0);
    found[symbol.name] = {
      own: count(written(declared), () => true),
      nodes: sum((node) => count(node, () => true)),
      paths: 1 + sum((node) => count(node, decides)),
    };
  }
  return found;
}

function written(declared) {
  if (ts.isVariableDeclaration(declared)) return declared.initializer ?? declared;
  return declared;
}

/** The function that an export is, also where a factory or a class made it. */
function start(checker, symbol, declared) {
  const own = written(declared);
  if (ts.isFunctionLike(own) && own.body) return own;
  const made = checker.getTypeOfSymbol(symbol).getCallSignatures()[0].declaration;
  return made?.body && isOurs(made) ? made : own;
}

function isOurs(node) {
  return node.getSourceFile().fileName.startsWith("/answer/") || node.getSourceFile().fileName.startsWith("/original/");
}

/** A node and, of the same program, each function that is named in it, and in those, and so on. */
function reached(checker, first) {
  const found = new Set([first]);
  for (const node of found) {
    inside(node, (one) => {
      if (!ts.isIdentifier(one) && !ts.isPrivateIdentifier(one)) return;
      const symbol = checker.getSymbolAtLocation(one);
      const declared = symbol?.valueDeclaration;
      const body =
        declared && (declared.initializer && ts.isFunctionLike(declared.initializer) ? declared.initializer : declared);
      const within = [...found].some((known) => body && known.pos <= body.pos && body.end <= known.end);
      if (body && ts.isFunctionLike(body) && body.body && isOurs(body) && !within) found.add(body);
    });
  }
  return found;
}

function decides(node) {
  if (ts.isBinaryExpression(node)) {
    const { kind } = node.operatorToken;
    return [KIND.AmpersandAmpersandToken, KIND.BarBarToken, KIND.QuestionQuestionToken].includes(kind);
  }
  return (
    ts.isIfStatement(node) ||
    ts.isConditionalExpression(node) ||
    ts.isCaseClause(node) ||
    ts.isIterationStatement(node, false)
  );
}

/** How large some files are, and how often some long way of writing stands there that has a shorter one. */
function syntax(files, program) {
  const checker = program.getTypeChecker();
  const all = (fits) => files.reduce((sum, file) => sum + count(file, fits), 0);
  return {
    nodes: all(() => true),
    concatenations: all((node) => concatenates(checker, node)),
    index_loops: all(countsUp),
    long_defaults: all(spellsOut),
  };
}

function isPlus(node) {
  return ts.isBinaryExpression(node) && node.operatorToken.kind === KIND.PlusToken;
}

/** Whether a node is a whole chain of `+` that puts a text together from more than literals. */
function concatenates(checker, node) {
  if (!isPlus(node) || isPlus(outer(node))) return false;
  const operands = (one) =>
    isPlus(bare(one)) ? [...operands(bare(one).left), ...operands(bare(one).right)] : [bare(one)];
  const parts = operands(node);
  if (parts.every((part) => ts.isStringLiteralLike(part))) return false;
  const text = (part) =>
    ts.isStringLiteralLike(part) ||
    ts.isTemplateExpression(part) ||
    Boolean(checker.getTypeAtLocation(part).flags & ts.TypeFlags.StringLike);
  return parts.some(text);
}

function outer(node) {
  return ts.isParenthesizedExpression(node.parent) ? outer(node.parent) : node.parent;
}

/** Whether a node is a loop that counts a variable and takes the elements of something by it. */
function countsUp(node) {
  if (!ts.isIterationStatement(node, false)) return false;
  const counted = new Set();
  const used = new Set();
  inside(node, (one) => {
    const steps =
      (ts.isPostfixUnaryExpression(one) || ts.isPrefixUnaryExpression(one)) &&
      [KIND.PlusPlusToken, KIND.MinusMinusToken].includes(one.operator);
    if (steps) counted.add(one.operand.getText());
    const adds =
      ts.isBinaryExpression(one) &&
      [KIND.PlusEqualsToken, KIND.MinusEqualsToken, KIND.EqualsToken].includes(one.operatorToken.kind);
    if (adds && ts.isIdentifier(one.left)) counted.add(one.left.text);
    if (ts.isElementAccessExpression(one))
      inside(one.argumentExpression, (part) => ts.isIdentifier(part) && used.add(part.text));
  });
  const own = ts.isForStatement(node) ? declaredBy(node) : new Set(counted);
  return [...counted].some((name) => used.has(name) && own.has(name));
}

function declaredBy(loop) {
  const names = new Set();
  if (loop.initializer) inside(loop.initializer, (one) => ts.isIdentifier(one) && names.add(one.text));
  if (loop.incrementor) inside(loop.incrementor, (one) => ts.isIdentifier(one) && names.add(one.text));
  return names;
}

/** Whether a node does by hand what `??` or `?.` does. */
function spellsOut(node) {
  if (ts.isConditionalExpression(node)) {
    const subject = absent(node.condition);
    return Boolean(subject) && [node.whenTrue, node.whenFalse].some((branch) => startsWith(branch, subject));
  }
  if (ts.isIfStatement(node)) {
    const subject = absent(node.expression);
    const branches = [node.thenStatement, node.elseStatement].map(only).filter(Boolean);
    return Boolean(subject) && branches.some((one) => gives(one, subject));
  }
  return twice(node) !== undefined && !spellsOut(outer(node)); // the condition of what counts is no second one
}

const EQUAL = [KIND.EqualsEqualsToken, KIND.EqualsEqualsEqualsToken];
const UNEQUAL = [KIND.ExclamationEqualsToken, KIND.ExclamationEqualsEqualsToken];

function isNothing(node) {
  return node.kind === KIND.NullKeyword || (ts.isIdentifier(node) && node.text === "undefined");
}

/** The expression of which a condition asks whether it is there (or is not), as it is written. */
function absent(condition) {
  const node = bare(condition);
  if (!ts.isBinaryExpression(node)) return undefined;
  const { kind } = node.operatorToken;
  if ([...EQUAL, ...UNEQUAL].includes(kind)) {
    if (isNothing(node.right)) return node.left.getText();
    return isNothing(node.left) ? node.right.getText() : undefined;
  }
  return twice(node);
}

/** The expression that is compared with both null and undefined. */
function twice(node) {
  if (
    !ts.isBinaryExpression(node) ||
    ![KIND.AmpersandAmpersandToken, KIND.BarBarToken].includes(node.operatorToken.kind)
  )
    return undefined;
  const [left, right] = [bare(node.left), bare(node.right)];
  if (
    ![left, right].every((one) => ts.isBinaryExpression(one) && [...EQUAL, ...UNEQUAL].includes(one.operatorToken.kind))
  )
    return undefined;
  const [first, second] = [absent(left), absent(right)];
  return first !== undefined && first === second ? first : undefined;
}

function startsWith(node, subject) {
  const text = bare(node).getText();
  return text === subject || [".", "[", "("].some((next) => text.startsWith(subject + next));
}

function only(statement) {
  if (!statement) return undefined;
  if (!ts.isBlock(statement)) return statement;
  return statement.statements.length === 1 ? statement.statements[0] : undefined;
}

/** Whether a statement only passes the expression on, or fills it: `x = subject`, `subject = x`. */
function gives(statement, subject) {
  const assigned = ts.isExpressionStatement(statement) ? statement.expression : undefined;
  if (!assigned || !ts.isBinaryExpression(assigned) || assigned.operatorToken.kind !== KIND.EqualsToken) return false;
  return bare(assigned.right).getText() === subject || assigned.left.getText() === subject;
}

module.exports = { inside, measures, silenced, syntax };
