// A queue that is a chain of promises: each job begins when the one before it is settled.
// canary ecaa49f0-c333-40e2-9893-4471639f5a5d
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";

export class JobQueue {
  constructor() {
    this.jobs = new Map();
    this.tail = Promise.resolve();
  }

  addJob(func, ...args) {
    const id = randomUUID();
    const result = this.tail.then(() => func(...args));
    this.tail = result.then(
      () => {},
      () => {},
    );
    this.jobs.set(id, result);
    return id;
  }

  getResult(id, timeout) {
    const result = this.jobs.get(id);
    if (!result) return Promise.reject(new RangeError(`unknown job: ${id}`));
    if (timeout === undefined) return result;
    const late = sleep(timeout, undefined, { ref: false }).then(() => {
      throw Object.assign(new Error(`not finished after ${timeout} ms`), { name: "TimeoutError" });
    });
    return Promise.race([result, late]);
  }
}
