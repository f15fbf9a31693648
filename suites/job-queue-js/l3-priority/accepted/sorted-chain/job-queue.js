// A queue that sorts what waits whenever a job has finished; one link of a chain of promises for each job.
// canary 5c715947-00c2-48e4-8b7b-0a5883510e1d
import { setTimeout as sleep } from "node:timers/promises";

export class JobQueue {
  constructor() {
    this.waiting = [];
    this.chain = Promise.resolve();
    this.results = new Map();
  }

  addJob(func, options = {}) {
    const id = this.results.size + 100;
    let settle;
    const result = new Promise((resolve) => (settle = resolve));
    this.results.set(id, result);
    this.waiting.push({ func, options, settle });
    this.chain = this.chain.then(() => this.first());
    return id;
  }

  async first() {
    this.waiting.sort((a, b) => (b.options.priority || 0) - (a.options.priority || 0)); // stable
    const { func, options, settle } = this.waiting.shift();
    settle((await Promise.allSettled([(async () => func(...(options.args || [])))()]))[0]);
  }

  async getResult(id, timeout) {
    const result = this.results.get(id);
    if (result === undefined) throw new RangeError("unknown id");
    const outcome = timeout === undefined ? await result : await Promise.race([result, sleep(timeout)]);
    if (outcome === undefined) throw Object.assign(new Error("not finished"), { name: "TimeoutError" });
    if (outcome.status === "rejected") throw outcome.reason;
    return outcome.value;
  }
}
