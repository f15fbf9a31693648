// A queue without a promise of its own before somebody asks: records, callbacks and timers.
// canary 24540b34-72a8-4bdf-9cc0-58d3a6801341

export function JobQueue() {
  const records = new Map();
  const ready = [];
  let busy = false;

  const settle = (record, how, what) => {
    record.how = how;
    record.what = what;
    for (const tell of record.waiting.splice(0)) tell();
  };

  const next = () => {
    if (busy || ready.length === 0) return;
    busy = true;
    const record = ready.shift();
    const done = (how, what) => {
      busy = false;
      if (how === "rejected" && record.attempt < 3) {
        setTimeout(() => {
          ready.push(record);
          next();
        }, 1000 * 2 ** record.attempt);
        record.attempt += 1;
      } else {
        settle(record, how, what);
      }
      next();
    };
    new Promise((resolve) => {
      resolve(record.func.apply(null, record.args));
    }).then(
      (value) => done("fulfilled", value),
      (error) => done("rejected", error),
    );
  };

  this.addJob = function addJob(func, ...args) {
    const id = `job ${records.size}`;
    const record = { func, args, attempt: 0, waiting: [] };
    records.set(id, record);
    ready.push(record);
    setImmediate(next);
    return id;
  };

  this.getResult = function getResult(id, timeout) {
    return new Promise((resolve, reject) => {
      const record = records.get(id);
      if (record === undefined) {
        reject(new RangeError(`${id} is not known here`));
        return;
      }
      const tell = () => (record.how === "fulfilled" ? resolve : reject)(record.what);
      if (record.how) {
        tell();
        return;
      }
      record.waiting.push(tell);
      if (timeout !== undefined) {
        setTimeout(() => reject(new DOMException("late", "TimeoutError")), timeout);
      }
    });
  };
}
