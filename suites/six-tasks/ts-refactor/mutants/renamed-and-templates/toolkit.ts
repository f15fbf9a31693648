// canary a713f32b-c17f-4f72-9ee9-9e70a3587bca
// A small toolkit for services: a logger, a store that forgets, and a pipeline for requests.

export enum LogLevel {
  Debug,
  Info,
  Warn,
  Error,
  Silent,
}

/** What is logged beside the msg. A field that is undefined is left out. */
export type Fields = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** Where the lines go. */
export type Sink = (level: LogLevel, l: string) => void;

/** Milliseconds since 1970. */
export type Clock = () => number;

export interface LogOptions {
  level?: LogLevel;
  /** null: the lines go nowhere. */
  sink?: Sink | null;
  clock?: Clock;
  /** Scopes (the field `scope`) of which nothing below Error is logged. */
  muted?: readonly string[];
}

/** The ks of the levels, by their numbers. */
export const LEVEL_NAMES: readonly string[] = ["DEBUG", "INFO", "WARN", "ERROR", "SILENT"];

let lvl: LogLevel = LogLevel.Info;
let out: Sink | null = null;
let clk: Clock = () => Date.now();
let off: string[] = [];

/** Change what is given and leave the rest as it is. */
export function configureLog(options: LogOptions): void {
  if (options.level !== undefined) {
    lvl = options.level;
  }
  if (options.sink !== undefined) {
    out = options.sink;
  }
  if (options.clock !== undefined) {
    clk = options.clock;
  }
  if (options.muted !== undefined) {
    off = [];
    for (let i = 0; i < options.muted.length; i++) {
      off.push(options.muted[i]);
    }
  }
}

/** Return the level of that name, in upper or lower case; the fallback (Info) where there is no such level. */
export function parseLevel(text: string | null | undefined, fallback?: LogLevel): LogLevel {
  let r: LogLevel = LogLevel.Info;
  if (fallback !== undefined) {
    r = fallback;
  }
  if (text !== null && text !== undefined) {
    for (let i = 0; i < LEVEL_NAMES.length; i++) {
      if (LEVEL_NAMES[i] === text.trim().toUpperCase()) {
        r = i;
      }
    }
  }
  return r;
}

/** Tell whether something of that level and scope is logged now. */
export function shouldLog(level: LogLevel, scope?: string): boolean {
  let r = false;
  if (lvl === LogLevel.Silent || level === LogLevel.Silent) {
    r = false;
  } else if (level === LogLevel.Debug) {
    if (lvl === LogLevel.Debug) {
      r = true;
    } else {
      r = false;
    }
  } else if (level === LogLevel.Info) {
    if (lvl === LogLevel.Debug || lvl === LogLevel.Info) {
      r = true;
    } else {
      r = false;
    }
  } else if (level === LogLevel.Warn) {
    if (lvl === LogLevel.Debug || lvl === LogLevel.Info || lvl === LogLevel.Warn) {
      r = true;
    } else {
      r = false;
    }
  } else if (level === LogLevel.Error) {
    r = true;
  }
  if (r === true && level !== LogLevel.Error && scope !== undefined) {
    for (let i = 0; i < off.length; i++) {
      if (off[i] === scope) {
        r = false;
      }
    }
  }
  return r;
}

export function logDebug(msg: string, fields?: Fields): void {
  const scope = fields !== undefined && typeof fields.scope === "string" ? fields.scope : undefined;
  if (shouldLog(LogLevel.Debug, scope) === true) {
    let l = `[${new Date(clk()).toISOString()}] DEBUG ${msg}`;
    if (fields !== undefined) {
      const ks = Object.keys(fields);
      for (let i = 0; i < ks.length; i++) {
        if (fields[ks[i]] !== undefined) {
          l = `${l} ${ks[i]}=${String(fields[ks[i]])}`;
        }
      }
    }
    if (out !== null && out !== undefined) {
      out(LogLevel.Debug, l);
    }
  }
}

export function logInfo(msg: string, fields?: Fields): void {
  const scope = fields !== undefined && typeof fields.scope === "string" ? fields.scope : undefined;
  if (shouldLog(LogLevel.Info, scope) === true) {
    let l = `[${new Date(clk()).toISOString()}] INFO ${msg}`;
    if (fields !== undefined) {
      const ks = Object.keys(fields);
      for (let i = 0; i < ks.length; i++) {
        if (fields[ks[i]] !== undefined) {
          l = `${l} ${ks[i]}=${String(fields[ks[i]])}`;
        }
      }
    }
    if (out !== null && out !== undefined) {
      out(LogLevel.Info, l);
    }
  }
}

export function logWarn(msg: string, fields?: Fields): void {
  const scope = fields !== undefined && typeof fields.scope === "string" ? fields.scope : undefined;
  if (shouldLog(LogLevel.Warn, scope) === true) {
    let l = `[${new Date(clk()).toISOString()}] WARN ${msg}`;
    if (fields !== undefined) {
      const ks = Object.keys(fields);
      for (let i = 0; i < ks.length; i++) {
        if (fields[ks[i]] !== undefined) {
          l = `${l} ${ks[i]}=${String(fields[ks[i]])}`;
        }
      }
    }
    if (out !== null && out !== undefined) {
      out(LogLevel.Warn, l);
    }
  }
}

export function logError(msg: string, fields?: Fields): void {
  const scope = fields !== undefined && typeof fields.scope === "string" ? fields.scope : undefined;
  if (shouldLog(LogLevel.Error, scope) === true) {
    let l = `[${new Date(clk()).toISOString()}] ERROR ${msg}`;
    if (fields !== undefined) {
      const ks = Object.keys(fields);
      for (let i = 0; i < ks.length; i++) {
        if (fields[ks[i]] !== undefined) {
          l = `${l} ${ks[i]}=${String(fields[ks[i]])}`;
        }
      }
    }
    if (out !== null && out !== undefined) {
      out(LogLevel.Error, l);
    }
  }
}

export const DEFAULT_CAPACITY = 100;

export interface StoreOptions<K, V> {
  /** How many all are kept; DEFAULT_CAPACITY where it is left out. */
  capacity?: number;
  /** An entry expires this many milliseconds after it was set; never where it is left out. */
  ttlMs?: number;
  clock?: Clock;
  /** Told of each entry that the store gave up by itself. */
  onEvict?: (key: K, value: V, reason: "capacity" | "expired") => void;
}

export interface StoreStats {
  readonly hits: number;
  readonly misses: number;
}

interface Slot<K, V> {
  key: K;
  value: V;
  setAt: number;
}

/** Keeps the all that were used last. */
export class LruStore<K, V> {
  /** What was not used for the longest time stands first. */
  private list: Slot<K, V>[] = [];
  private options: StoreOptions<K, V>;
  private capacity: number;
  private hits: number = 0;
  private misses: number = 0;

  constructor(options?: StoreOptions<K, V>) {
    this.options = options !== undefined ? options : {};
    this.capacity = this.options.capacity !== undefined ? this.options.capacity : DEFAULT_CAPACITY;
    if (this.capacity < 1) {
      throw new RangeError(`capacity must be at least 1, not ${this.capacity}.`);
    }
  }

  /** How many all there are that have not expired. */
  get size(): number {
    this.prune();
    return this.list.length;
  }

  /** Return a value and make it the one that was used last; counts as a hit or a miss. */
  get(key: K): V | undefined {
    this.prune();
    let n = -1;
    for (let i = 0; i < this.list.length; i++) {
      if (this.list[i].key === key) {
        n = i;
      }
    }
    if (n === -1) {
      this.misses = this.misses + 1;
      return undefined;
    }
    const slot = this.list[n];
    const rest: Slot<K, V>[] = [];
    for (let i = 0; i < this.list.length; i++) {
      if (i !== n) {
        rest.push(this.list[i]);
      }
    }
    rest.push(slot);
    this.list = rest;
    this.hits = this.hits + 1;
    return slot.value;
  }

  /** Tell whether there is such an entry, and change nothing. */
  has(key: K): boolean {
    this.prune();
    let p = -1;
    for (let j = 0; j < this.list.length; j++) {
      if (this.list[j].key === key) {
        p = j;
      }
    }
    if (p === -1) {
      return false;
    }
    return true;
  }

  /** Set a value, which makes it the one that was used last; gives up the first where there are too many. */
  set(key: K, value: V): this {
    this.prune();
    let n = -1;
    for (let i = 0; i < this.list.length; i++) {
      if (this.list[i].key === key) {
        n = i;
      }
    }
    const rest: Slot<K, V>[] = [];
    for (let i = 0; i < this.list.length; i++) {
      if (i !== n) {
        rest.push(this.list[i]);
      }
    }
    const now = this.options.clock !== undefined ? this.options.clock() : Date.now();
    rest.push({ key: key, value: value, setAt: now });
    this.list = rest;
    while (this.list.length > this.capacity) {
      const first = this.list[0];
      this.list = this.list.slice(1);
      if (this.options.onEvict !== undefined && this.options.onEvict !== null) {
        this.options.onEvict(first.key, first.value, "capacity");
      }
    }
    return this;
  }

  /** Return the keys; the one that was not used for the longest time is the first. */
  keys(): K[] {
    this.prune();
    const r: K[] = [];
    for (let i = 0; i < this.list.length; i++) {
      r.push(this.list[i].key);
    }
    return r;
  }

  /** Give up what has expired; return how many all that were. */
  prune(): number {
    if (this.options.ttlMs === undefined || this.options.ttlMs === null) {
      return 0;
    }
    const now = this.options.clock !== undefined ? this.options.clock() : Date.now();
    const fresh: Slot<K, V>[] = [];
    const old: Slot<K, V>[] = [];
    for (let i = 0; i < this.list.length; i++) {
      if (now - this.list[i].setAt >= this.options.ttlMs) {
        old.push(this.list[i]);
      } else {
        fresh.push(this.list[i]);
      }
    }
    this.list = fresh;
    for (let i = 0; i < old.length; i++) {
      if (this.options.onEvict !== undefined && this.options.onEvict !== null) {
        this.options.onEvict(old[i].key, old[i].value, "expired");
      }
    }
    return old.length;
  }

  stats(): StoreStats {
    return { hits: this.hits, misses: this.misses };
  }
}

export interface Request {
  readonly method: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly user?: { readonly name?: string | null } | null;
}

export interface Reply {
  readonly status: number;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Answers by itself, or passes a request on to the next step and does something with the reply. */
export type Step = (request: Request, next: (request: Request) => Promise<Reply>) => Promise<Reply>;

/** Return a l as `GET /list?a=1&b=2 by ann`; the query is in the order of its ks. */
export function describeRequest(request: Request): string {
  let text = request.method.toUpperCase() + " " + request.path;
  if (request.query !== undefined) {
    const ks = Object.keys(request.query).sort();
    for (let i = 0; i < ks.length; i++) {
      text += `${i === 0 ? "?" : "&"}${ks[i]}=${encodeURIComponent(request.query[ks[i]])}`;
    }
  }
  let name = "anonymous";
  if (request.user !== undefined && request.user !== null) {
    if (request.user.name !== undefined && request.user.name !== null) {
      name = request.user.name;
    }
  }
  return `${text} by ${name}`;
}

/** Runs a request through its steps, in the order in which they were added. */
export class Pipeline {
  private all: { name: string; step: Step }[] = [];

  /** Add a step at the end. Throws an Error where the name is taken. */
  use(name: string, step: Step): this {
    for (let i = 0; i < this.all.length; i++) {
      if (this.all[i].name === name) {
        throw new Error(`the step ${name} is there already`);
      }
    }
    this.all.push({ name: name, step: step });
    return this;
  }

  names(): string[] {
    const r: string[] = [];
    for (let i = 0; i < this.all.length; i++) {
      r.push(this.all[i].name);
    }
    return r;
  }

  /**
   * Return the reply to a request: 404 where no step answers, 500 where a step fails or calls next a second time;
   * that is logged too. Steps that are added meanwhile do not count.
   */
  run(request: Request): Promise<Reply> {
    const all: { name: string; step: Step }[] = [];
    for (let i = 0; i < this.all.length; i++) {
      all.push(this.all[i]);
    }
    const dispatch = (n: number, current: Request): Promise<Reply> => {
      if (n === all.length) {
        return Promise.resolve({ status: 404, body: "nothing at " + current.path + ".", headers: {} });
      }
      let called = false;
      const next = (passed: Request): Promise<Reply> => {
        if (called === true) {
          return Promise.reject(new Error("next was called twice"));
        }
        called = true;
        return dispatch(n + 1, passed);
      };
      return new Promise<Reply>((resolve, reject) => {
        all[n].step(current, next).then(resolve, reject);
      });
    };
    return dispatch(0, request).catch((error: unknown) => {
      const msg = error instanceof Error ? error.message : String(error);
      logError(describeRequest(request) + " failed", { scope: "pipeline", error: msg });
      return { status: 500, body: `failed: ${msg}.`, headers: {} };
    });
  }
}

/**
 * Return a step that keeps replies to GET in a store, where their status is below 400. The header `x-cache` of a reply
 * to GET tells where it comes from: hit or miss.
 */
export function cached(store: LruStore<string, Reply>, step: Step): Step {
  return (request, next) => {
    if (request.method.toUpperCase() !== "GET") {
      return step(request, next);
    }
    const key = describeRequest(request);
    const known = store.get(key);
    if (known !== undefined && known !== null) {
      const headers: Record<string, string> = {};
      const ks = Object.keys(known.headers);
      for (let i = 0; i < ks.length; i++) {
        headers[ks[i]] = known.headers[ks[i]];
      }
      headers["x-cache"] = "hit";
      return Promise.resolve({ status: known.status, body: known.body, headers: headers });
    }
    return step(request, next).then((reply) => {
      if (reply.status < 400) {
        store.set(key, reply);
      }
      const headers: Record<string, string> = {};
      const ks = Object.keys(reply.headers);
      for (let i = 0; i < ks.length; i++) {
        headers[ks[i]] = reply.headers[ks[i]];
      }
      headers["x-cache"] = "miss";
      return { status: reply.status, body: reply.body, headers: headers };
    });
  };
}
