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
    this.#waiting.push(job);
    let at = this.#waiting.length - 1;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (this.#waiting[above].priority >= this.#waiting[at].priority) break;
      this.#swap(above, at);
      at = above;
    }
  }

  #take() {
    this.#swap(0, this.#waiting.length - 1);
    const first = this.#waiting.pop();
    let at = 0;
    for (;;) {
      let highest = at;
      for (const below of [2 * at + 1, 2 * at + 2]) {
        if (this.#waiting[below]?.priority > this.#waiting[highest]?.priority) highest = below;
      }
      if (highest === at) return first;
      this.#swap(at, highest);
      at = highest;
    }
  }

  #swap(one, other) {
    [this.#waiting[one], this.#waiting[other]] = [this.#waiting[other], this.#waiting[one]];
  }

  async #work() {
    if (this.#working) return;
    this.#working = true;
    while (this.#waiting.length > 0) {
      const { func, args, resolve, reject } = this.#take();
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
