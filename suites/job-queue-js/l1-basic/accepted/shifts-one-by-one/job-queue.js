// A queue that takes one job at a time, and settles all who ask for it by callbacks of their own.
// canary ecaa49f0-c333-40e2-9893-4471639f5a5d

function JobQueue() {
  const jobs = new Map();
  const waiting = [];
  let current = null;

  const finish = (job, how, what) => {
    job.settled = [how, what];
    for (const asker of job.askers.splice(0)) asker[how](what);
    current = null;
    begin();
  };

  const begin = () => {
    if (current !== null || waiting.length === 0) return;
    const job = (current = waiting.shift());
    let given;
    try {
      given = job.func(...job.args);
    } catch (error) {
      process.nextTick(finish, job, "reject", error);
      return;
    }
    Promise.resolve(given).then(
      (value) => finish(job, "resolve", value),
      (error) => finish(job, "reject", error),
    );
  };

  this.addJob = (func, ...args) => {
    const id = jobs.size + 1;
    const job = { func, args, askers: [], settled: null };
    jobs.set(id, job);
    waiting.push(job);
    setTimeout(begin, 0);
    return id;
  };

  this.getResult = (id, timeout) =>
    new Promise((resolve, reject) => {
      const job = jobs.get(id);
      if (!job) return reject(new RangeError("there is no job " + id));
      const asker = { resolve, reject };
      if (job.settled) return asker[job.settled[0]](job.settled[1]);
      job.askers.push(asker);
      if (timeout !== undefined) {
        const late = new DOMException("the job takes too long", "TimeoutError");
        setTimeout(reject, timeout, late);
      }
    });
}

export { JobQueue };
