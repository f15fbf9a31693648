// A queue that looks through all waiting jobs for the one that begins next.
// canary 5c715947-00c2-48e4-8b7b-0a5883510e1d

class TimeoutError extends Error {}

export function JobQueue() {
  const jobs = [];
  let current;

  function pick() {
    let best;
    for (const job of jobs) {
      if (job.state === "waiting" && (best === undefined || job.priority > best.priority)) best = job;
    }
    return best;
  }

  function step() {
    if (current) return;
    current = pick();
    if (!current) return;
    const job = current;
    job.state = "begun";
    const over = (state, what) => {
      Object.assign(job, { state, what });
      current = undefined;
      job.askers.forEach((ask) => ask());
      step();
    };
    (async () => job.func(...job.args))().then(
      (value) => over("resolve", value),
      (error) => over("reject", error),
    );
  }

  return {
    addJob(func, { args, priority } = {}) {
      jobs.push({ func, args: args ?? [], priority: priority ?? 0, state: "waiting", askers: [] });
      Promise.resolve().then(step);
      return `${jobs.length - 1}`;
    },
    getResult(id, timeout) {
      return new Promise((resolve, reject) => {
        const job = /^\d+$/.test(id) ? jobs[id] : undefined;
        if (!job) throw new RangeError(`no job ${id}`);
        const settle = { resolve, reject };
        const tell = () => settle[job.state](job.what);
        if (job.state in settle) tell();
        else job.askers.push(tell);
        if (timeout !== undefined) setTimeout(() => reject(new TimeoutError("late")), timeout);
      });
    },
  };
}
