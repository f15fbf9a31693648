// A queue with a lane of jobs for each priority that is waited with.
// canary 5c715947-00c2-48e4-8b7b-0a5883510e1d
import { randomUUID } from "node:crypto";
import { once } from "node:events";

export class JobQueue extends EventTarget {
  #lanes = new Map();
  #results = {};

  constructor() {
    super();
    this.#run();
  }

  addJob(func, options = {}) {
    const { args, priority } = { args: [], priority: 0, ...options };
    const id = randomUUID();
    if (!this.#lanes.has(priority)) this.#lanes.set(priority, []);
    this.#results[id] = new Promise((settle) => {
      this.#lanes.get(priority).push({ call: () => func.apply(undefined, args), settle });
    });
    this.dispatchEvent(new Event("added"));
    return id;
  }

  #take() {
    const priority = Math.max(...this.#lanes.keys());
    const lane = this.#lanes.get(priority);
    const job = lane.shift();
    if (lane.length === 0) this.#lanes.delete(priority);
    return job;
  }

  async #run() {
    for (;;) {
      if (this.#lanes.size === 0) await once(this, "added");
      const { call, settle } = this.#take();
      await new Promise((resolve) => resolve(call())).then(
        (value) => settle({ value }),
        (error) => settle({ failed: true, error }),
      );
    }
  }

  async getResult(id, timeout) {
    if (!Object.hasOwn(this.#results, id)) throw new RangeError(`never heard of ${id}`);
    const racing = [this.#results[id]];
    if (timeout !== undefined) {
      const error = new DOMException(`${timeout} ms are over`, "TimeoutError");
      racing.push(new Promise((resolve) => setTimeout(resolve, timeout, { failed: true, error })));
    }
    const { failed, error, value } = await Promise.race(racing);
    if (failed) throw error;
    return value;
  }
}
