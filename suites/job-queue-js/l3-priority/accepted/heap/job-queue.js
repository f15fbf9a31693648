// A queue with a binary heap of jobs; of two with one priority the number decides.
// canary 5c715947-00c2-48e4-8b7b-0a5883510e1d

class Heap {
  #nodes = [];

  get size() {
    return this.#nodes.length;
  }

  push(node) {
    const nodes = this.#nodes;
    let at = nodes.push(node) - 1;
    while (at > 0) {
      const above = Math.floor((at - 1) / 2);
      if (!before(node, nodes[above])) break;
      nodes[at] = nodes[above];
      at = above;
    }
    nodes[at] = node;
  }

  pop() {
    const nodes = this.#nodes;
    const first = nodes[0];
    const node = nodes.pop();
    if (nodes.length === 0) return first;
    let at = 0;
    for (let below = 1; below < nodes.length; below = 2 * at + 1) {
      if (below + 1 < nodes.length && before(nodes[below + 1], nodes[below])) below += 1;
      if (!before(nodes[below], node)) break;
      nodes[at] = nodes[below];
      at = below;
    }
    nodes[at] = node;
    return first;
  }
}

function before(one, other) {
  return one.priority > other.priority || (one.priority === other.priority && one.id < other.id);
}

export class JobQueue {
  constructor() {
    this.heap = new Heap();
    this.results = new Map();
    this.idle = true;
  }

  addJob(func, options) {
    const id = this.results.size;
    const result = new Promise((resolve) => {
      this.heap.push({ id, priority: options?.priority ?? 0, resolve, call: async () => func(...(options?.args ?? [])) });
    });
    result.catch(() => {});
    this.results.set(id, result);
    if (this.idle) {
      this.idle = false;
      setImmediate(() => this.next());
    }
    return id;
  }

  next() {
    if (this.heap.size === 0) {
      this.idle = true;
      return;
    }
    const { call, resolve } = this.heap.pop();
    const given = call();
    resolve(given);
    given.catch(() => {}).finally(() => this.next());
  }

  async getResult(id, timeout) {
    const result = this.results.get(id);
    if (!result) throw new RangeError(`unknown job ${id}`);
    if (timeout === undefined) return result;
    return Promise.race([
      result,
      new Promise((_, reject) => {
        const error = new Error("timeout");
        error.name = "TimeoutError";
        setTimeout(() => reject(error), timeout);
      }),
    ]);
  }
}
