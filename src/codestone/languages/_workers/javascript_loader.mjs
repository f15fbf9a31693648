// Loader hooks for a candidate's `.js` files: the syntax decides what they are, and no package.json does.
// Used by javascript_worker.cjs where Node itself would not do so.

import { readFile } from "node:fs/promises";
import { compileFunction } from "node:vm";

const PARAMETERS = ["exports", "require", "module", "__filename", "__dirname"];
const ES_ONLY = [
  "Cannot use import statement outside a module",
  "Cannot use 'import.meta' outside a module",
  "Unexpected token 'export'",
  "await is only valid in async functions and the top level bodies of modules",
];
let workspace;

export function initialize(data) {
  workspace = data;
}

export async function load(url, context, next) {
  if (!url.startsWith(workspace) || !/\.js(?:[?#]|$)/.test(url)) return next(url, context);
  const source = await readFile(new URL(url), "utf8");
  if (!isModule(source)) return { format: "commonjs", shortCircuit: true };
  return { format: "module", source, shortCircuit: true };
}

/** Whether only an ES module may be written so. */
function isModule(source) {
  try {
    compileFunction(source.replace(/^\uFEFF?#!.*/, ""), PARAMETERS);
    return false;
  } catch (error) {
    return ES_ONLY.some((message) => error.message.includes(message));
  }
}
