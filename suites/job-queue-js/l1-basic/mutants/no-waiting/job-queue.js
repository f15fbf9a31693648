// A queue that executes jobs in the background, one after the other.
// canary ecaa49f0-c333-40e2-9893-4471639f5a5d

/** Executes jobs in the order in which they were added. */
export class JobQueue {
  #waiting = [];
  #outcomes = new Map();
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
  async getResult(id) {
    if (!this.#outcomes.has(id)) throw new RangeError(`no job ${id}`);
    const { value, error } = this.#outcomes.get(id);
    if (error !== undefined) throw error;
    return value;
  }

  async #work() {
    if (this.#working) return;
    this.#working = true;
    while (this.#waiting.length > 0) {
      const job = this.#waiting.shift();
      try {
        job.value = await job.func(...job.args);
      } catch (error) {
        job.error = error;
      }
    }
    this.#working = false;
  }
}
