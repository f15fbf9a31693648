// A queue whose jobs have a time at which they are due; one loop sleeps until the first of them is.
// canary 24540b34-72a8-4bdf-9cc0-58d3a6801341
import { EventEmitter, once } from "node:events";

export class JobQueue {
  constructor() {
    this.events = new EventEmitter();
    this.waiting = [];
    this.outcomes = {};
    this.added = 0;
    this.loop();
  }

  addJob(func, ...args) {
    const id = String(++this.added);
    const job = { func, args, due: performance.now(), wait: 1000 };
    this.outcomes[id] = new Promise((resolve) => {
      job.tell = resolve;
    });
    this.put(job);
    return id;
  }

  put(job) {
    this.waiting.push(job);
    this.waiting.sort((one, other) => one.due - other.due);
    this.events.emit("put");
  }

  async loop() {
    for (;;) {
      if (this.waiting.length === 0) await once(this.events, "put");
      const missing = this.waiting[0].due - performance.now();
      if (missing > 0) {
        const timer = setTimeout(() => this.events.emit("put"), Math.ceil(missing));
        await once(this.events, "put");
        clearTimeout(timer);
        continue;
      }
      await this.execute(this.waiting.shift());
    }
  }

  async execute(job) {
    try {
      const value = await job.func(...job.args);
      job.tell(() => value);
    } catch (error) {
      if (job.wait > 4000) {
        job.tell(() => {
          throw error;
        });
        return;
      }
      job.due = performance.now() + job.wait;
      job.wait *= 2;
      this.put(job);
    }
  }

  async getResult(id, timeout) {
    if (!Object.hasOwn(this.outcomes, id)) throw new RangeError(`no such job: ${id}`);
    const outcome = this.outcomes[id];
    if (timeout === undefined) return (await outcome)();
    const late = once(AbortSignal.timeout(timeout), "abort").then(() => () => {
      throw Object.assign(new Error("time is over"), { name: "TimeoutError" });
    });
    return (await Promise.race([outcome, late]))();
  }
}
