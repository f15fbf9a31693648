// What candidate code threw, as the channel tells it (docs/reference/channel.md).
"use strict";

const WORKSPACE = process.cwd();
const INSIDE = new RegExp(`(?:file://)?${WORKSPACE.replace(/[^\w/]/g, "\\$&")}/([^:\n()]+):(\\d+)`);
const NATIVE = new Set(
  [Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError].map(({ name }) => name),
);

/** The end of an iterator, told as Python tells it. */
class Ended {
  constructor(name, value) {
    this.types = [name];
    this.message = value === undefined ? "" : String(value).slice(0, 500);
  }
}

/** An error as the wire has it: names along the prototype chain, message, the candidate's line. */
function raised(error) {
  if (error instanceof Ended) return { type: error.types, message: error.message, line: null };
  try {
    if (error === null || (typeof error !== "object" && typeof error !== "function")) {
      return { type: [typeof error], message: String(error).slice(0, 500), line: null };
    }
    const message = typeof error.message === "string" ? error.message : String(error);
    return { type: chain(error), message: message.slice(0, 500), line: lineOf(error.stack) };
  } catch {
    return { type: ["Object"], message: "(it could not be read)", line: null };
  }
}

function chain(error) {
  const names = [];
  for (let at = Object.getPrototypeOf(error); at !== null; at = Object.getPrototypeOf(at)) {
    const name = Object.hasOwn(at, "constructor") ? at.constructor?.name : undefined;
    if (typeof name === "string" && name) names.push(name.slice(0, 200));
  }
  const { name } = error; // a name of its own counts too, but makes no Error a TypeError
  if (typeof name === "string" && name && !names.includes(name) && !NATIVE.has(name)) names.unshift(name.slice(0, 200));
  return names;
}

/** "file.js:12": the innermost line of a stack that lies in the workspace. */
function lineOf(stack) {
  if (typeof stack !== "string") return null;
  const [, file, line] = stack.match(INSIDE) ?? [];
  return file ? `${decodeURI(file)}:${line}` : null;
}

module.exports = { Ended, NATIVE, raised };
