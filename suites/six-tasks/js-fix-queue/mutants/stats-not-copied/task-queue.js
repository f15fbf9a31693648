// Work that is done later: events, priorities, tasks with time-outs, rate limits and schedules. No package is needed.
// canary 3c7186b4-8be6-415b-a300-07df30ea73e3
"use strict";

/** Where time comes from, in milliseconds. Every class that needs time takes another clock among its options. */
const systemClock = {
  now: () => Date.now(),
  setTimer: (action, ms) => setTimeout(action, ms),
  clearTimer: (timer) => clearTimeout(timer),
};

class TimeoutError extends Error {
  constructor(id, ms) {
    super(`task ${id} took longer than ${ms} ms`);
    this.name = "TimeoutError";
  }
}

class CancelledError extends Error {
  constructor(id) {
    super(`task ${id} was cancelled before it began`);
    this.name = "CancelledError";
  }
}

class EventEmitter {
  constructor() {
    this._listeners = new Map();
  }

  /** Calls the listener at each emit of the event. Returns a function that ends this, as off does. */
  on(event, listener) {
    if (typeof listener !== "function") throw new TypeError("a listener must be a function");
    const listeners = this._listeners.get(event);
    if (listeners) listeners.push(listener);
    else this._listeners.set(event, [listener]);
    return () => this.off(event, listener);
  }

  /** As on, but for the next emit only. */
  once(event, listener) {
    if (typeof listener !== "function") throw new TypeError("a listener must be a function");
    const wrapper = (...args) => {
      this.off(event, wrapper);
      listener(...args);
    };
    return this.on(event, wrapper);
  }

  /** Takes away a listener that on was given (one, where it was given twice). Returns whether it was there. */
  off(event, listener) {
    const listeners = this._listeners.get(event) ?? [];
    const index = listeners.indexOf(listener);
    if (index < 0) return false;
    listeners.splice(index, 1);
    if (listeners.length === 0) this._listeners.delete(event);
    return true;
  }

  /** Calls all who listen now, in the order in which they came. Returns whether there was any. */
  emit(event, ...args) {
    const listeners = [...(this._listeners.get(event) ?? [])];
    for (const listener of listeners) listener(...args);
    return listeners.length > 0;
  }

  listenerCount(event) {
    return this._listeners.get(event)?.length ?? 0;
  }
}

/** A binary heap: the smallest priority comes first, and of equal ones the value that was pushed first. */
class PriorityQueue {
  constructor() {
    this._heap = [];
    this._pushed = 0;
  }

  get size() {
    return this._heap.length;
  }

  push(value, priority = 0) {
    if (!Number.isFinite(priority)) throw new TypeError("a priority must be a finite number");
    this._heap.push({ value, priority, turn: this._pushed });
    this._pushed += 1;
    this._bubbleUp(this._heap.length - 1);
  }

  /** Takes out the first value and returns it; undefined when there is none. */
  pop() {
    const first = this._heap[0];
    const last = this._heap.pop();
    if (this._heap.length > 0) {
      this._heap[0] = last;
      this._sinkDown(0);
    }
    return first?.value;
  }

  peek() {
    return this._heap[0]?.value;
  }

  clear() {
    this._heap = [];
  }

  /** Returns all values in the order in which pop would give them, and leaves them where they are. */
  toArray() {
    return [...this._heap].sort((a, b) => (this._isBefore(a, b) ? -1 : 1)).map((entry) => entry.value);
  }

  _bubbleUp(index) {
    while (index > 0) {
      const parent = Math.trunc((index - 1) / 2);
      if (!this._isBefore(this._heap[index], this._heap[parent])) return;
      this._swap(index, parent);
      index = parent;
    }
  }

  _sinkDown(index) {
    for (;;) {
      let first = index;
      for (const child of [2 * index + 1, 2 * index + 2]) {
        if (child < this._heap.length && this._isBefore(this._heap[child], this._heap[first])) first = child;
      }
      if (first === index) return;
      this._swap(index, first);
      index = first;
    }
  }

  _isBefore(a, b) {
    return a.priority < b.priority || (a.priority === b.priority && a.turn < b.turn);
  }

  _swap(i, j) {
    [this._heap[i], this._heap[j]] = [this._heap[j], this._heap[i]];
  }
}

/**
 * Executes tasks, `concurrency` at a time, those of the smallest priority first.
 * Emits started (id), completed (id, value), failed (id, error), and drain each time that all work is done.
 */
class TaskQueue extends EventEmitter {
  constructor({ concurrency = 1, timeoutMs = 0, clock = systemClock } = {}) {
    super();
    if (!Number.isInteger(concurrency) || concurrency < 1) throw new RangeError("concurrency must be 1 or more");
    this.concurrency = concurrency;
    this.timeoutMs = timeoutMs;
    this.clock = clock;
    this._waiting = new PriorityQueue();
    this._tasks = [];
    this._lastId = 0;
    this._paused = false;
    this._drainDue = false;
    this._stats = { added: 0, waiting: 0, running: 0, completed: 0, failed: 0, cancelled: 0 };
  }

  /** A copy of the counts. A task that has been added is in exactly one of the other five. */
  get stats() {
    return this._stats;
  }

  /** Adds a task and returns it; `task.done` is a promise of what run() gives. A timeoutMs of 0 is no limit. */
  add(run, { priority = 0, timeoutMs = this.timeoutMs } = {}) {
    if (typeof run !== "function") throw new TypeError("a task must be a function");
    const task = { id: this._lastId + 1, priority, timeoutMs, run, state: "waiting" };
    task.done = new Promise((resolve, reject) => Object.assign(task, { resolve, reject }));
    task.done.catch(() => {}); // nobody has to wait for it
    this._waiting.push(task, priority);
    this._lastId = task.id;
    this._tasks.push(task);
    this._stats.added += 1;
    this._stats.waiting += 1;
    this._drainDue = true;
    this._fill();
    return task;
  }

  /** Returns the task with that id, in whatever state it is, or null. */
  getTask(id) {
    return this._tasks.find((task) => task.id === id) ?? null;
  }

  /** Forgets the tasks that have ended: getTask does not find them any more. */
  prune() {
    this._tasks = this._tasks.filter((task) => task.state === "waiting" || task.state === "running");
  }

  /** Lets no further task begin, until resume. */
  pause() {
    this._paused = true;
  }

  resume() {
    this._paused = false;
    this._fill();
  }

  /** Cancels every task that waits: its promise is rejected. Tasks that are running go on. */
  clear() {
    const dropped = this._waiting.toArray();
    this._waiting.clear();
    this._stats.waiting -= dropped.length;
    this._stats.cancelled += dropped.length;
    for (const task of dropped) {
      task.state = "cancelled";
      task.reject(new CancelledError(task.id));
    }
    this._announceDrain();
  }

  /** Returns a promise that is resolved as soon as no task waits or runs. */
  drained() {
    if (this._isIdle()) return Promise.resolve();
    return new Promise((resolve) => this.on("drain", resolve));
  }

  _isIdle() {
    return this._stats.running === 0 && this._waiting.size === 0;
  }

  _announceDrain() {
    if (!this._drainDue || !this._isIdle()) return;
    this._drainDue = false;
    this.emit("drain");
  }

  /** Begins as many tasks as may run now. */
  _fill() {
    while (!this._paused && this._stats.running < this.concurrency && this._waiting.size > 0) {
      this._start(this._waiting.pop());
    }
  }

  _start(task) {
    task.state = "running";
    this._stats.waiting -= 1;
    this._stats.running += 1;
    this.emit("started", task.id);
    this._executeWithTimeout(task).then(
      (value) => this._finish(task, "completed", value),
      (error) => this._finish(task, "failed", error),
    );
  }

  _finish(task, state, outcome) {
    task.state = state;
    this._stats.running -= 1;
    this._stats[state] += 1;
    if (state === "completed") task.resolve(outcome);
    else task.reject(outcome);
    this.emit(state, task.id, outcome);
    this._fill();
    this._announceDrain();
  }

  /** Gives what the task gives, or rejects with a TimeoutError when that takes too long. */
  _executeWithTimeout(task) {
    return new Promise((resolve, reject) => {
      let settled = false;
      const settle = (how, outcome) => {
        if (settled) return;
        settled = true;
        if (timer !== null) this.clock.clearTimer(timer);
        how(outcome);
      };
      const tooLate = () => settle(reject, new TimeoutError(task.id, task.timeoutMs));
      const timer = task.timeoutMs > 0 ? this.clock.setTimer(tooLate, task.timeoutMs) : null;
      new Promise((begun) => begun(task.run())).then(
        (value) => settle(resolve, value),
        (error) => settle(reject, error),
      );
    });
  }
}

/** Allows `limit` acquisitions within any `intervalMs`: one made at t is out of the way from t + intervalMs on. */
class RateLimiter {
  constructor(limit, intervalMs, { clock = systemClock } = {}) {
    if (!(limit >= 1)) throw new RangeError("limit must be 1 or more");
    if (!(intervalMs > 0)) throw new RangeError("intervalMs must be above 0");
    this.limit = limit;
    this.intervalMs = intervalMs;
    this.clock = clock;
    this._taken = [];
  }

  /** How many acquisitions are possible now. */
  get available() {
    this._forgetOld();
    return this.limit - this._taken.length;
  }

  /** Acquires if that is possible now, and tells whether it was. */
  tryAcquire() {
    if (this.available < 1) return false;
    this._taken.push(this.clock.now());
    return true;
  }

  /** Milliseconds until tryAcquire can succeed; 0 when it can now. */
  waitMs() {
    return this.available > 0 ? 0 : this._taken[0] + this.intervalMs - this.clock.now();
  }

  /** Acquires as soon as that is possible. */
  async acquire() {
    while (!this.tryAcquire()) {
      await new Promise((resolve) => this.clock.setTimer(resolve, this.waitMs()));
    }
  }

  _forgetOld() {
    const now = this.clock.now();
    while (this._taken.length > 0 && now - this._taken[0] >= this.intervalMs) this._taken.shift();
  }
}

/** Adds tasks to a queue again and again, each at its own interval, but none while the last one has not ended. */
class ScheduledTaskRunner {
  constructor(queue, { clock = systemClock } = {}) {
    this.queue = queue;
    this.clock = clock;
    this._schedules = new Map();
    this._started = false;
  }

  /** Runs for the first time one interval after start, or after now when the runner has been started. */
  schedule(name, intervalMs, run, { priority = 0 } = {}) {
    if (this._schedules.has(name)) throw new Error(`${name} is scheduled already`);
    if (!(intervalMs > 0)) throw new RangeError("intervalMs must be above 0");
    if (typeof run !== "function") throw new TypeError("a task must be a function");
    const counts = { completed: 0, failed: 0, skipped: 0 };
    const schedule = { name, intervalMs, run, priority, counts, dueAt: 0, timer: null, busy: false };
    this._schedules.set(name, schedule);
    if (this._started) this._arm(schedule, this.clock.now() + intervalMs);
  }

  /** Ends a schedule and tells whether it was there. A task of it that has been added goes on. */
  cancel(name) {
    const schedule = this._schedules.get(name);
    if (!schedule) return false;
    this._disarm(schedule);
    return this._schedules.delete(name);
  }

  start() {
    if (this._started) return;
    this._started = true;
    const now = this.clock.now();
    for (const schedule of this._schedules.values()) this._arm(schedule, now + schedule.intervalMs);
  }

  stop() {
    this._started = false;
    for (const schedule of this._schedules.values()) this._disarm(schedule);
  }

  /** The counts of each schedule, by its name. */
  report() {
    return Object.fromEntries([...this._schedules].map(([name, { counts }]) => [name, { ...counts }]));
  }

  _arm(schedule, dueAt) {
    schedule.dueAt = dueAt;
    const ms = Math.max(0, dueAt - this.clock.now());
    schedule.timer = this.clock.setTimer(() => this._tick(schedule), ms);
  }

  _disarm(schedule) {
    if (schedule.timer !== null) this.clock.clearTimer(schedule.timer);
    schedule.timer = null;
  }

  /** The next time is counted from when this one was due, so that delays do not add up. */
  _tick(schedule) {
    this._arm(schedule, schedule.dueAt + schedule.intervalMs);
    if (schedule.busy) {
      schedule.counts.skipped += 1;
      return;
    }
    const ended = (outcome) => {
      schedule.busy = false;
      schedule.counts[outcome] += 1;
    };
    schedule.busy = true;
    const task = this.queue.add(schedule.run, { priority: schedule.priority });
    task.done.then(() => ended("completed"), () => ended("failed"));
  }
}

module.exports = {
  EventEmitter,
  PriorityQueue,
  TaskQueue,
  RateLimiter,
  ScheduledTaskRunner,
  TimeoutError,
  CancelledError,
};
