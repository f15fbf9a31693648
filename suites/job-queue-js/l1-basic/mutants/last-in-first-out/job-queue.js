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
    const outcome = new Promise((resolve, reject) => Object.assign(job, { resolve, reject }));
    outcome.catch(() => {}); // nobody has to ask
    this.#outcomes.set(id, outcome);
    this.#waiting.push(job);
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

  async #work() {
    if (this.#working) return;
    this.#working = true;
    while (this.#waiting.length > 0) {
      const { func, args, resolve, reject } = this.#waiting.pop();
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
