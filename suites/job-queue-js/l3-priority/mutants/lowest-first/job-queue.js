// A queue that executes jobs in the background, the most urgent first.
// canary 5c715947-00c2-48e4-8b7b-0a5883510e1d

/** Executes one job at a time; the waiting ones are kept in the order in which they will begin. */
export class JobQueue {
  #waiting = [];
  #outcomes = new Map();
  #lastId = 0;
  #working = false;

  /** Put the job func(...args) into the queue and return its id. The higher the priority, the sooner it begins. */
  addJob(func, { args = [], priority = 0 } = {}) {
    this.#lastId += 1;
    const id = this.#lastId;
    const job = { id, func, args, priority };
    const outcome = new Promise((resolve, reject) => Object.assign(job, { resolve, reject }));
    outcome.catch(() => {}); // nobody has to ask
    this.#outcomes.set(id, outcome);
    this.#put(job);
    queueMicrotask(() => this.#work());
    return id;
  }

  /** Return a promise of what the job gave. */
  async getResult(id, timeout) {
    if (!this.#outcomes.has(id)) throw new RangeError(`no job ${id}`);
    const outcome = this.#outcomes.get(id);
    if (timeout === undefined) return outcome;
    let timer;
    const late = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new TimeoutError(`job ${id} has not finished`)), timeout);
    });
    return Promise.race([outcome, late]).finally(() => clearTimeout(timer));
  }

  #put(job) {
    const behind = this.#waiting.findIndex((other) => other.priority > job.priority);
    this.#waiting.splice(behind < 0 ? this.#waiting.length : behind, 0, job);
  }

  async #work() {
    if (this.#working) return;
    this.#working = true;
    while (this.#waiting.length > 0) {
      const { func, args, resolve, reject } = this.#waiting.shift();
      try {
        resolve(await func(...args));
      } catch (error) {
        reject(error);
      }
    }
    this.#working = false;
  }
}

class TimeoutError extends Error {
  name = "TimeoutError";
}
