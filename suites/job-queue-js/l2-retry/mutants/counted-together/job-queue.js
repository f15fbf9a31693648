// A queue that executes jobs in the background and tries failed ones again.
// canary 24540b34-72a8-4bdf-9cc0-58d3a6801341

const WAITS_MS = [1000, 2000, 4000];

/** Executes one call at a time; while a job waits for its retry, the jobs behind it go on. */
export class JobQueue {
  #due = [];
  #jobs = new Map();
  #working = false;
  #retries = 0;

  /** Put the job func(...args) into the queue and return its id. */
  addJob(func, ...args) {
    const id = this.#jobs.size + 1;
    const job = { func, args };
    job.outcome = new Promise((resolve, reject) => Object.assign(job, { resolve, reject }));
    job.outcome.catch(() => {}); // nobody has to ask
    this.#jobs.set(id, job);
    this.#put(job);
    return id;
  }

  /** Return a promise of what the job gave at last. */
  async getResult(id, timeout) {
    const job = this.#jobs.get(id);
    if (job === undefined) throw new RangeError(`no job ${id}`);
    if (timeout === undefined) return job.outcome;
    let timer;
    const late = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new TimeoutError(`job ${id} has come to no end`)), timeout);
    });
    return Promise.race([job.outcome, late]).finally(() => clearTimeout(timer));
  }

  #put(job) {
    this.#due.push(job);
    queueMicrotask(() => this.#work());
  }

  async #work() {
    if (this.#working) return;
    this.#working = true;
    while (this.#due.length > 0) {
      const job = this.#due.shift();
      try {
        const value = await job.func(...job.args);
        job.resolve(value);
        this.#retries = 0;
      } catch (error) {
        this.#failed(job, error);
      }
    }
    this.#working = false;
  }

  #failed(job, error) {
    if (this.#retries === WAITS_MS.length) {
      job.reject(error);
      return;
    }
    setTimeout(() => this.#put(job), WAITS_MS[this.#retries]);
    this.#retries += 1;
  }
}

class TimeoutError extends Error {
  name = "TimeoutError";
}
