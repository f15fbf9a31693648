// A queue that keeps a record of each job, and tells by events which has finished.
// canary ecaa49f0-c333-40e2-9893-4471639f5a5d
import { EventEmitter, once } from "node:events";

export class JobQueue extends EventEmitter {
  constructor() {
    super();
    this.setMaxListeners(Infinity);
    this.records = [];
    this.next = 0;
    this.busy = false;
    this.on("added", () => setImmediate(() => this.step()));
  }

  addJob(func, ...args) {
    const id = this.records.push({ state: "waiting", run: () => func.apply(undefined, args) }) - 1;
    this.emit("added");
    return id;
  }

  step() {
    if (this.busy || this.next === this.records.length) return;
    this.busy = true;
    const id = this.next++;
    const record = this.records[id];
    new Promise((resolve) => resolve(record.run()))
      .then(
        (value) => Object.assign(record, { state: "done", value }),
        (error) => Object.assign(record, { state: "failed", error }),
      )
      .then(() => {
        this.busy = false;
        this.emit(`finished ${id}`);
        this.step();
      });
  }

  async getResult(id, timeout) {
    const record = this.records[id];
    if (record === undefined) throw new RangeError(`no job ${id} in this queue`);
    if (record.state === "waiting") {
      const signal = timeout === undefined ? undefined : AbortSignal.timeout(timeout);
      await once(this, `finished ${id}`, { signal }).catch(() => signal.throwIfAborted());
    }
    if (record.state === "failed") throw record.error;
    return record.value;
  }
}
