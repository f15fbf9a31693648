// A queue that executes jobs on several workers, and keeps a total of the results for each group.
// canary 6c18e1e5-8e9d-4262-a274-4d4b105de157

/** A call that was asked for, and what came of it. */
class Job {
  constructor(group, func, args) {
    this.group = group;
    this.func = func;
    this.args = args;
    this.failed = false;
    this.finished = new Promise((resolve) => {
      this.finish = resolve;
    });
  }

  async execute() {
    return this.func(...this.args);
  }
}

/** Executes jobs; merge(a, b) gives a promise of one total of two, and empty is the total of nothing. */
export class JobQueue {
  #merge;
  #empty;
  #totals = new Map();
  #jobs = new Map();
  #waiting = [];
  #idle = [];
  #merging = null;

  constructor(merge, empty, { workers = 4 } = {}) {
    this.#merge = merge;
    this.#empty = empty;
    for (let number = 0; number < workers; number += 1) void this.#work();
  }

  /** Let func(...args) be executed as a job of that group; return the job's id. */
  addJob(group, func, ...args) {
    const job = new Job(group, func, args);
    const id = this.#jobs.size + 1;
    this.#jobs.set(id, job);
    this.#waiting.push(job);
    this.#idle.shift()?.();
    return id;
  }

  /** Give what the job gave, or throw what it threw, when it has finished. */
  async getResult(id, timeout) {
    const job = this.#jobs.get(id);
    if (job === undefined) throw new RangeError(`no job ${id}`);
    await inTime(job.finished, timeout, `job ${id} has not finished`);
    if (job.failed) throw job.error;
    return job.result;
  }

  /** Give the total of a group when all its jobs that were added so far have finished. */
  async total(group) {
    const jobs = [...this.#jobs.values()].filter((job) => job.group === group);
    await Promise.all(jobs.map((job) => job.finished));
    return this.#totals.get(group) ?? this.#empty;
  }

  async #work() {
    for (;;) {
      while (this.#waiting.length === 0) await new Promise((wake) => this.#idle.push(wake));
      const job = this.#waiting.shift();
      try {
        job.result = await job.execute();
        await this.#count(job);
      } catch (error) {
        job.failed = true;
        job.error = error;
      }
      job.finish();
    }
  }

  async #count(job) {
    if (this.#merging !== null) await this.#merging;
    this.#merging = this.#mergeNow(job);
    await this.#merging;
  }

  async #mergeNow(job) {
    const soFar = this.#totals.get(job.group) ?? this.#empty;
    this.#totals.set(job.group, await this.#merge(soFar, job.result));
  }
}

/** Wait for a promise, for so many milliseconds at most where a number is given. */
async function inTime(promise, milliseconds, message) {
  if (milliseconds === undefined) return promise;
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(Object.assign(new Error(message), { name: "TimeoutError" })), milliseconds);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
