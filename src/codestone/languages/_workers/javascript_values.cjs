// The values that cross the channel (docs/reference/channel.md), and what of the grader's has crossed.
"use strict";

const { types, inspect } = require("node:util");

const DEPTH_LIMIT = 64;
const MASK = (1n << 64n) - 1n;
const FLOATS = new Map([["nan", NaN], ["inf", Infinity], ["-inf", -Infinity]]);

/** A value that the channel cannot carry. */
class Unsayable extends Error {}

/** Marks a value that stays inside whatever its type. */
class Held {
  constructor(value) {
    this.value = value;
  }
}

/** "integers": `count` whole numbers in [low, high] by splitmix64 from `seed`, the same as in every language. */
function integers(seed, count, low, high) {
  const first = BigInt(low);
  const span = BigInt(high) - first + 1n;
  const small = Number.isSafeInteger(Number(low)) && Number.isSafeInteger(Number(high));
  const numbers = [];
  let state = BigInt(seed) & MASK;
  for (let index = 0; index < count; index += 1) {
    state = (state + 0x9e3779b97f4a7c15n) & MASK;
    let mixed = ((state ^ (state >> 30n)) * 0xbf58476d1ce4e5b9n) & MASK;
    mixed = ((mixed ^ (mixed >> 27n)) * 0x94d049bb133111ebn) & MASK;
    const number = first + ((mixed ^ (mixed >> 31n)) % span);
    numbers.push(small ? Number(number) : narrow(number));
  }
  return numbers;
}

function range(start, stop, step) {
  const numbers = [];
  for (let at = start; step > 0 ? at < stop : at > stop; at += step) numbers.push(at);
  return numbers;
}

const RECIPES = { integers, range, repeat: (value, count) => new Array(count).fill(value) };

/** A BigInt as a number where that is exact: what the wire does. */
function narrow(whole) {
  return whole > -(1n << 53n) && whole < 1n << 53n ? Number(whole) : whole;
}

function float(number) {
  if (Number.isNaN(number)) return "nan";
  if (number === Infinity) return "inf";
  if (number === -Infinity) return "-inf";
  return Object.is(number, -0) ? "-0.0" : String(number);
}

function hex(whole) {
  return whole < 0n ? `-0x${(-whole).toString(16)}` : `0x${whole.toString(16)}`;
}

function fromHex(text) {
  return text.startsWith("-") ? -BigInt(text.slice(1)) : BigInt(text);
}

function isPlain(value) {
  const prototype = Object.getPrototypeOf(value);
  return (prototype === Object.prototype || prototype === null) && typeof value.then !== "function";
}

/** Name of the class that made a value; candidate code may have made that a trap. */
function kindOf(value) {
  try {
    const name = typeof value === "symbol" ? "symbol" : value.constructor.name;
    return typeof name === "string" && name ? name.slice(0, 200) : "Object";
  } catch {
    return "Object";
  }
}

function hashable(coded, what) {
  const nested = Array.isArray(coded) || (coded && typeof coded === "object" && ("dict" in coded || "set" in coded));
  if (nested) throw new Unsayable(`${what} an array, an object or a set`);
  return coded;
}

/** Candidate objects by number, ours by number, and both directions of every value. */
class Values {
  /** `call(number, args)` asks outside and gives the answer; `callLater` gives a promise of it. */
  constructor(call, callLater) {
    this.call = call;
    this.callLater = callLater;
    this.handles = new Map();
    this.last = 0;
    this.ours = new Map();
    this.names = new WeakMap();
  }

  encode(value, depth = 0) {
    if (depth > DEPTH_LIMIT) throw new Unsayable(`a value deeper than ${DEPTH_LIMIT} levels`);
    switch (typeof value) {
      case "boolean":
      case "string":
        return value;
      case "undefined":
        return { undefined: true };
      case "number":
        return Number.isSafeInteger(value) && !Object.is(value, -0) ? value : { float: float(value) };
      case "bigint":
        return { int: hex(value) };
      case "symbol":
        return this.handle(value);
    }
    return value === null ? null : this.encodeObject(value, depth + 1);
  }

  encodeObject(value, depth) {
    if (value instanceof Held) return this.handle(value.value);
    const number = this.names.get(value);
    if (number !== undefined) return { ours: number };
    if (typeof value === "function") return this.handle(value);
    if (Array.isArray(value)) {
      return Array.from({ length: value.length }, (_, index) => this.encode(value[index], depth));
    }
    if (types.isUint8Array(value)) {
      return { bytes: Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("base64") };
    }
    if (types.isAnyArrayBuffer(value)) return { bytes: Buffer.from(value).toString("base64") };
    if (types.isSet(value)) {
      const parts = Array.from(Set.prototype.values.call(value));
      return { set: parts.map((part) => hashable(this.encode(part, depth), "a set that holds")) };
    }
    if (types.isMap(value)) return this.encodePairs(Array.from(Map.prototype.entries.call(value)), depth);
    if (!types.isProxy(value) && isPlain(value)) {
      return this.encodePairs(Object.keys(value).map((key) => [key, value[key]]), depth);
    }
    return this.handle(value);
  }

  encodePairs(pairs, depth) {
    const coded = ([key, value]) => [
      hashable(this.encode(key, depth), "a map with, as a key,"),
      this.encode(value, depth),
    ];
    return { dict: pairs.map(coded) };
  }

  handle(value) {
    if (types.isPromise(value)) Promise.prototype.then.call(value, undefined, () => {}); // it may be awaited later
    this.last += 1;
    this.handles.set(this.last, value);
    const type = value === null || value === undefined ? String(value) : kindOf(value);
    return { handle: this.last, type };
  }

  decode(value) {
    if (Array.isArray(value)) return value.map((part) => this.decode(part));
    if (value === null || typeof value !== "object") return value;
    const [[tag, inner]] = Object.entries(value);
    switch (tag) {
      case "int":
        return fromHex(inner);
      case "float":
        return FLOATS.has(inner) ? FLOATS.get(inner) : Number(inner);
      case "bytes":
        return bytes(inner);
      case "tuple":
        return inner.map((part) => this.decode(part));
      case "set":
      case "frozenset":
        return new Set(inner.map((part) => this.decode(part)));
      case "dict":
        return this.decodePairs(inner);
      case "undefined":
        return undefined;
      case "handle":
        if (!this.handles.has(inner)) throw new Unsayable(`no handle ${inner}`);
        return this.handles.get(inner);
      case "ours":
        return this.own(...inner);
      case "recipe":
        return RECIPES[inner[0]](...inner[1].map((part) => this.decode(part)));
    }
    throw new Unsayable(`no value is tagged '${tag}'`);
  }

  decodePairs(pairs) {
    const decoded = pairs.map(([key, value]) => [this.decode(key), this.decode(value)]);
    if (!decoded.every(([key]) => typeof key === "string")) return new Map(decoded);
    const plain = {};
    const how = { configurable: true, enumerable: true, writable: true };
    for (const [key, value] of decoded) Object.defineProperty(plain, key, { ...how, value }); // "__proto__" too
    return plain;
  }

  /** Something of ours, the same object each time: it can be a key, or be taken off a list again. */
  own(number, kind) {
    let made = this.ours.get(number);
    if (made === undefined) {
      if (kind === "element") made = element();
      else if (kind === "async") made = (...args) => this.callLater(number, args);
      else made = (...args) => this.call(number, args);
      this.ours.set(number, made);
      this.names.set(made, number);
    }
    return made;
  }
}

/** An opaque element: the comparison that was handed over with it is all that there is. */
function element() {
  const refuse = () => {
    throw new TypeError("an element has no value: compare it with the function that was given");
  };
  return Object.freeze(
    Object.create(null, { [Symbol.toPrimitive]: { value: refuse }, [inspect.custom]: { value: () => "<element>" } }),
  );
}

function bytes(text) {
  const pooled = Buffer.from(text, "base64");
  const own = Buffer.alloc(pooled.length); // its .buffer holds nothing else
  pooled.copy(own);
  return own;
}

module.exports = { Held, Unsayable, Values };
