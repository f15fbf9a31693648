// A queue that executes jobs in the background, one after the other.
// canary ecaa49f0-c333-40e2-9893-4471639f5a5d

import { EventEmitter, once } from "node:events";

/** Executes jobs in the order in which they were added. */
export class JobQueue {
  #waiting = [];
  #outcomes = new Map();
  #events = new EventEmitter().setMaxListeners(0);
  #lastId = 0;
  #working = false;

  /** Put the job func(...args) into the queue and return its id. */
  addJob(func, ...args) {
    this.#lastId += 1;
    const id = this.#lastId;
    const job = { id, func, args };
    this.#outcomes.set(id, job);
    this.#waiting.push(job);
    queueMicrotask(() => this.#work());
    return id;
  }

  /** Return a promise of what the job gave. */
  async getResult(id, timeout) {
    if (!this.#outcomes.has(id)) throw new RangeError(`no job ${id}`);
    const job = this.#outcomes.get(id);
    if (!job.finished) await this.#oneFinished(id, timeout);
    if (job.failed) throw job.error;
    return job.value;
  }

  async #oneFinished(id, timeout) {
    if (timeout === undefined) {
      await once(this.#events, "finished");
      return;
    }
    try {
      await once(this.#events, "finished", { signal: AbortSignal.timeout(timeout) });
    } catch {
      throw new TimeoutError(`job ${id} has not finished`);
    }
  }

  async #work() {
    if (this.#working) return;
    this.#working = true;
    while (this.#waiting.length > 0) {
      const job = this.#waiting.shift();
      try {
        job.value = await job.func(...job.args);
      } catch (error) {
        job.failed = true;
        job.error = error;
      }
      job.finished = true;
      this.#events.emit("finished");
    }
    this.#working = false;
  }
}

class TimeoutError extends Error {
  name = "TimeoutError";
}
