// A queue that is a chain of promises; while a job waits for its retry, the whole chain does.
// canary 24540b34-72a8-4bdf-9cc0-58d3a6801341
import { setTimeout as sleep } from "node:timers/promises";

export class JobQueue {
  tail = Promise.resolve();
  results = [];

  addJob(func, ...args) {
    const result = this.tail.then(() => withRetries(() => func(...args)));
    this.tail = result.catch(() => undefined);
    return this.results.push(result) - 1;
  }

  async getResult(id, timeout) {
    if (!(id in this.results)) throw new RangeError(`unknown id ${id}`);
    if (timeout === undefined) return this.results[id];
    const late = Symbol("late");
    const first = await Promise.race([this.results[id], sleep(timeout, late)]);
    if (first === late) throw Object.assign(new Error("not finished in time"), { name: "TimeoutError" });
    return first;
  }
}

async function withRetries(call) {
  for (const seconds of [1, 2, 4]) {
    try {
      return await call();
    } catch {
      await sleep(seconds * 1000);
    }
  }
  return call();
}
