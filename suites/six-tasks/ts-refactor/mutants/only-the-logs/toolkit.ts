// A small toolkit for services: a logger, a store that forgets, and a pipeline for requests.
// canary a713f32b-c17f-4f72-9ee9-9e70a3587bca

export enum LogLevel {
  Debug,
  Info,
  Warn,
  Error,
  Silent,
}

/** What is logged beside the message. A field that is undefined is left out. */
export type Fields = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** Where the lines go. */
export type Sink = (level: LogLevel, line: string) => void;

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

/** The names of the levels, by their numbers. */
export const LEVEL_NAMES: readonly string[] = ["DEBUG", "INFO", "WARN", "ERROR", "SILENT"];

let currentLevel: LogLevel = LogLevel.Info;
let currentSink: Sink | null = null;
let currentClock: Clock = () => Date.now();
let currentMuted: string[] = [];

/** Change what is given and leave the rest as it is. */
export function configureLog(options: LogOptions): void {
  if (options.level !== undefined) {
    currentLevel = options.level;
  }
  if (options.sink !== undefined) {
    currentSink = options.sink;
  }
  if (options.clock !== undefined) {
    currentClock = options.clock;
  }
  if (options.muted !== undefined) {
    currentMuted = [];
    for (let i = 0; i < options.muted.length; i++) {
      currentMuted.push(options.muted[i]);
    }
  }
}

/** Return the level of that name, in upper or lower case; the fallback (Info) where there is no such level. */
export function parseLevel(text: string | null | undefined, fallback?: LogLevel): LogLevel {
  let result: LogLevel = LogLevel.Info;
  if (fallback !== undefined) {
    result = fallback;
  }
  if (text !== null && text !== undefined) {
    for (let i = 0; i < LEVEL_NAMES.length; i++) {
      if (LEVEL_NAMES[i] === text.trim().toUpperCase()) {
        result = i;
      }
    }
  }
  return result;
}

/** Tell whether something of that level and scope is logged now. */
export function shouldLog(level: LogLevel, scope?: string): boolean {
  let result = false;
  if (currentLevel === LogLevel.Silent || level === LogLevel.Silent) {
    result = false;
  } else if (level === LogLevel.Debug) {
    if (currentLevel === LogLevel.Debug) {
      result = true;
    } else {
      result = false;
    }
  } else if (level === LogLevel.Info) {
    if (currentLevel === LogLevel.Debug || currentLevel === LogLevel.Info) {
      result = true;
    } else {
      result = false;
    }
  } else if (level === LogLevel.Warn) {
    if (currentLevel === LogLevel.Debug || currentLevel === LogLevel.Info || currentLevel === LogLevel.Warn) {
      result = true;
    } else {
      result = false;
    }
  } else if (level === LogLevel.Error) {
    result = true;
  }
  if (result === true && level !== LogLevel.Error && scope !== undefined) {
    for (let i = 0; i < currentMuted.length; i++) {
      if (currentMuted[i] === scope) {
        result = false;
      }
    }
  }
  return result;
}

function log(level: LogLevel, message: string, fields: Fields = {}): void {
  const { scope } = fields;
  if (!shouldLog(level, typeof scope === "string" ? scope : undefined)) return;
  const told = Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ` ${name}=${value}`);
  currentSink?.(level, `[${new Date(currentClock()).toISOString()}] ${LEVEL_NAMES[level]} ${message}${told.join("")}`);
}

export function logDebug(message: string, fields?: Fields): void {
  log(LogLevel.Debug, message, fields);
}

export function logInfo(message: string, fields?: Fields): void {
  log(LogLevel.Info, message, fields);
}

export function logWarn(message: string, fields?: Fields): void {
  log(LogLevel.Warn, message, fields);
}

export function logError(message: string, fields?: Fields): void {
  log(LogLevel.Error, message, fields);
}

export const DEFAULT_CAPACITY = 100;

export interface StoreOptions<K, V> {
  /** How many entries are kept; DEFAULT_CAPACITY where it is left out. */
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

/** Keeps the entries that were used last. */
export class LruStore<K, V> {
  /** What was not used for the longest time stands first. */
  private slots: Slot<K, V>[] = [];
  private options: StoreOptions<K, V>;
  private capacity: number;
  private hits: number = 0;
  private misses: number = 0;

  constructor(options?: StoreOptions<K, V>) {
    this.options = options !== undefined ? options : {};
    this.capacity = this.options.capacity !== undefined ? this.options.capacity : DEFAULT_CAPACITY;
    if (this.capacity < 1) {
      throw new RangeError("capacity must be at least 1, not " + this.capacity + ".");
    }
  }

  /** How many entries there are that have not expired. */
  get size(): number {
    this.prune();
    return this.slots.length;
  }

  /** Return a value and make it the one that was used last; counts as a hit or a miss. */
  get(key: K): V | undefined {
    this.prune();
    let index = -1;
    for (let i = 0; i < this.slots.length; i++) {
      if (this.slots[i].key === key) {
        index = i;
      }
    }
    if (index === -1) {
      this.misses = this.misses + 1;
      return undefined;
    }
    const slot = this.slots[index];
    const others: Slot<K, V>[] = [];
    for (let i = 0; i < this.slots.length; i++) {
      if (i !== index) {
        others.push(this.slots[i]);
      }
    }
    others.push(slot);
    this.slots = others;
    this.hits = this.hits + 1;
    return slot.value;
  }

  /** Tell whether there is such an entry, and change nothing. */
  has(key: K): boolean {
    this.prune();
    let position = -1;
    for (let j = 0; j < this.slots.length; j++) {
      if (this.slots[j].key === key) {
        position = j;
      }
    }
    if (position === -1) {
      return false;
    }
    return true;
  }

  /** Set a value, which makes it the one that was used last; gives up the first where there are too many. */
  set(key: K, value: V): this {
    this.prune();
    let index = -1;
    for (let i = 0; i < this.slots.length; i++) {
      if (this.slots[i].key === key) {
        index = i;
      }
    }
    const others: Slot<K, V>[] = [];
    for (let i = 0; i < this.slots.length; i++) {
      if (i !== index) {
        others.push(this.slots[i]);
      }
    }
    const now = this.options.clock !== undefined ? this.options.clock() : Date.now();
    others.push({ key: key, value: value, setAt: now });
    this.slots = others;
    while (this.slots.length > this.capacity) {
      const first = this.slots[0];
      this.slots = this.slots.slice(1);
      if (this.options.onEvict !== undefined && this.options.onEvict !== null) {
        this.options.onEvict(first.key, first.value, "capacity");
      }
    }
    return this;
  }

  /** Return the keys; the one that was not used for the longest time is the first. */
  keys(): K[] {
    this.prune();
    const result: K[] = [];
    for (let i = 0; i < this.slots.length; i++) {
      result.push(this.slots[i].key);
    }
    return result;
  }

  /** Give up what has expired; return how many entries that were. */
  prune(): number {
    if (this.options.ttlMs === undefined || this.options.ttlMs === null) {
      return 0;
    }
    const now = this.options.clock !== undefined ? this.options.clock() : Date.now();
    const fresh: Slot<K, V>[] = [];
    const old: Slot<K, V>[] = [];
    for (let i = 0; i < this.slots.length; i++) {
      if (now - this.slots[i].setAt >= this.options.ttlMs) {
        old.push(this.slots[i]);
      } else {
        fresh.push(this.slots[i]);
      }
    }
    this.slots = fresh;
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

/** Return a line as `GET /list?a=1&b=2 by ann`; the query is in the order of its names. */
export function describeRequest(request: Request): string {
  let text = request.method.toUpperCase() + " " + request.path;
  if (request.query !== undefined) {
    const names = Object.keys(request.query).sort();
    for (let i = 0; i < names.length; i++) {
      text = text + (i === 0 ? "?" : "&") + names[i] + "=" + encodeURIComponent(request.query[names[i]]);
    }
  }
  let name = "anonymous";
  if (request.user !== undefined && request.user !== null) {
    if (request.user.name !== undefined && request.user.name !== null) {
      name = request.user.name;
    }
  }
  return text + " by " + name;
}

/** Runs a request through its steps, in the order in which they were added. */
export class Pipeline {
  private entries: { name: string; step: Step }[] = [];

  /** Add a step at the end. Throws an Error where the name is taken. */
  use(name: string, step: Step): this {
    for (let i = 0; i < this.entries.length; i++) {
      if (this.entries[i].name === name) {
        throw new Error("the step " + name + " is there already");
      }
    }
    this.entries.push({ name: name, step: step });
    return this;
  }

  names(): string[] {
    const result: string[] = [];
    for (let i = 0; i < this.entries.length; i++) {
      result.push(this.entries[i].name);
    }
    return result;
  }

  /**
   * Return the reply to a request: 404 where no step answers, 500 where a step fails or calls next a second time;
   * that is logged too. Steps that are added meanwhile do not count.
   */
  run(request: Request): Promise<Reply> {
    const entries: { name: string; step: Step }[] = [];
    for (let i = 0; i < this.entries.length; i++) {
      entries.push(this.entries[i]);
    }
    const dispatch = (index: number, current: Request): Promise<Reply> => {
      if (index === entries.length) {
        return Promise.resolve({ status: 404, body: "nothing at " + current.path + ".", headers: {} });
      }
      let called = false;
      const next = (passed: Request): Promise<Reply> => {
        if (called === true) {
          return Promise.reject(new Error("next was called twice"));
        }
        called = true;
        return dispatch(index + 1, passed);
      };
      return new Promise<Reply>((resolve, reject) => {
        entries[index].step(current, next).then(resolve, reject);
      });
    };
    return dispatch(0, request).catch((error: unknown) => {
      const message = error instanceof Error ? error.message : String(error);
      logError(describeRequest(request) + " failed", { scope: "pipeline", error: message });
      return { status: 500, body: "failed: " + message + ".", headers: {} };
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
      const names = Object.keys(known.headers);
      for (let i = 0; i < names.length; i++) {
        headers[names[i]] = known.headers[names[i]];
      }
      headers["x-cache"] = "hit";
      return Promise.resolve({ status: known.status, body: known.body, headers: headers });
    }
    return step(request, next).then((reply) => {
      if (reply.status < 400) {
        store.set(key, reply);
      }
      const headers: Record<string, string> = {};
      const names = Object.keys(reply.headers);
      for (let i = 0; i < names.length; i++) {
        headers[names[i]] = reply.headers[names[i]];
      }
      headers["x-cache"] = "miss";
      return { status: reply.status, body: reply.body, headers: headers };
    });
  };
}
