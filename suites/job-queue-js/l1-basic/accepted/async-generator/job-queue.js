// A queue that is an endless loop over an asynchronous generator of jobs.
// canary ecaa49f0-c333-40e2-9893-4471639f5a5d

class TimeoutError extends Error {
  constructor(message) {
    super(message);
    this.name = "TimeoutError";
  }
}

export class JobQueue {
  constructor() {
    this.waiting = [];
    this.results = {};
    this.count = 0;
    this.wake = () => {};
    this.run();
  }

  async *arrivals() {
    for (;;) {
      while (this.waiting.length) yield this.waiting.shift();
      await new Promise((resolve) => {
        this.wake = resolve;
      });
    }
  }

  async run() {
    for await (const job of this.arrivals()) await job();
  }

  addJob(func, ...args) {
    const id = `job-${this.count++}`;
    this.results[id] = new Promise((resolve) => {
      this.waiting.push(async () => {
        try {
          const value = await func(...args);
          resolve({ ok: true, value });
        } catch (error) {
          resolve({ ok: false, error });
        }
      });
    });
    this.wake();
    return id;
  }

  getResult(id, timeout) {
    return new Promise((resolve, reject) => {
      if (!Object.hasOwn(this.results, id)) {
        reject(new RangeError(id));
        return;
      }
      const timer = timeout === undefined ? null : setTimeout(() => reject(new TimeoutError("too late")), timeout);
      this.results[id].then((outcome) => {
        clearTimeout(timer);
        if (outcome.ok) resolve(outcome.value);
        else reject(outcome.error);
      });
    });
  }
}
