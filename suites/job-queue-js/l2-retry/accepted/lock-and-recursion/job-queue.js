// A queue in which each job is a recursive asynchronous function, and a lock lets one call happen at a time.
// canary 24540b34-72a8-4bdf-9cc0-58d3a6801341

class TimeoutError extends Error {
  constructor(message) {
    super(message);
    this.name = "TimeoutError";
  }
}

class Lock {
  #free = Promise.resolve();

  hold(call) {
    const held = this.#free.then(call);
    this.#free = held.then(
      () => {},
      () => {},
    );
    return held;
  }
}

export class JobQueue {
  #lock = new Lock();
  #results = new Map();

  addJob(func, ...args) {
    const id = crypto.randomUUID();
    const result = this.#attempt(() => func(...args), 0);
    result.catch(() => {});
    this.#results.set(id, result);
    return id;
  }

  #attempt(call, retries) {
    return this.#lock.hold(call).catch((error) => {
      if (retries === 3) throw error;
      return new Promise((resolve) => {
        setTimeout(() => resolve(this.#attempt(call, retries + 1)), 1000 << retries);
      });
    });
  }

  getResult(id, timeout) {
    const result = this.#results.get(id) ?? Promise.reject(new RangeError(`unknown job ${id}`));
    if (timeout === undefined) return result;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(reject, timeout, new TimeoutError(`still busy after ${timeout} ms`));
      result.then(resolve, reject).finally(() => clearTimeout(timer));
    });
  }
}
