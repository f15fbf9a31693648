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

module.exports = { EventEmitter, PriorityQueue, TimeoutError, CancelledError };
