// canary a713f32b-c17f-4f72-9ee9-9e70a3587bca
// A small toolkit for services: a logger, a store that forgets, and a pipeline for requests.

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
  if (options.level !== undefined) currentLevel = options.level;
  if (options.sink !== undefined) currentSink = options.sink;
  if (options.clock !== undefined) currentClock = options.clock;
  if (options.muted) currentMuted = [...options.muted];
}

/** Return the level of that name, in upper or lower case; the fallback (Info) where there is no such level. */
export function parseLevel(text: string | null | undefined, fallback?: LogLevel): LogLevel {
  const index = text ? LEVEL_NAMES.indexOf(text.trim().toUpperCase()) : -1;
  if (index === -1) {
    return fallback ?? LogLevel.Info;
  }
  return index;
}

/** Tell whether something of that level and scope is logged now. */
export function shouldLog(level: LogLevel, scope?: string): boolean {
  if (level === LogLevel.Silent || currentLevel === LogLevel.Silent) {
    return false;
  }
  if (level === LogLevel.Error) {
    return true;
  }
  if (scope !== undefined && currentMuted.includes(scope)) {
    return false;
  }
  return level >= currentLevel;
}

/** Format and write one line, if that level and scope are logged. */
function writeLog(level: LogLevel, message: string, fields?: Fields): void {
  const scope = typeof fields?.scope === "string" ? fields.scope : undefined;
  if (!shouldLog(level, scope)) {
    return;
  }
  const timestamp = new Date(currentClock()).toISOString();
  const details = Object.entries(fields ?? {})
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}=${String(value)}`);
  const line = [`[${timestamp}] ${LEVEL_NAMES[level]} ${message}`, ...details].join(" ");
  currentSink?.(level, line);
}

export function logDebug(message: string, fields?: Fields): void {
  writeLog(LogLevel.Debug, message, fields);
}

export function logInfo(message: string, fields?: Fields): void {
  writeLog(LogLevel.Info, message, fields);
}

export function logWarn(message: string, fields?: Fields): void {
  writeLog(LogLevel.Warn, message, fields);
}

export function logError(message: string, fields?: Fields): void {
  writeLog(LogLevel.Error, message, fields);
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
    this.options = options ?? {};
    this.capacity = this.options.capacity ?? DEFAULT_CAPACITY;
    if (this.capacity < 1) {
      throw new RangeError(`capacity must be at least 1, not ${this.capacity}.`);
    }
  }

  /** How many entries there are that have not expired. */
  get size(): number {
    this.prune();
    return this.slots.length;
  }

  /** Return a value and make it the one that was used last; counts as a hit or a miss. */
  get(key: K): V | undefined {
    const index = this.indexOf(key);
    if (index === -1) {
      this.misses++;
      return undefined;
    }
    const [slot] = this.slots.splice(index, 1);
    this.slots.push(slot);
    this.hits++;
    return slot.value;
  }

  /** Tell whether there is such an entry, and change nothing. */
  has(key: K): boolean {
    return this.indexOf(key) !== -1;
  }

  /** Set a value, which makes it the one that was used last; gives up the first where there are too many. */
  set(key: K, value: V): this {
    const index = this.indexOf(key);
    if (index !== -1) {
      this.slots.splice(index, 1);
    }
    this.slots.push({ key, value, setAt: this.now() });
    while (this.slots.length > this.capacity) {
      const [first] = this.slots.splice(0, 1);
      this.options.onEvict?.(first.key, first.value, "capacity");
    }
    return this;
  }

  /** Return the keys; the one that was not used for the longest time is the first. */
  keys(): K[] {
    this.prune();
    return this.slots.map((slot) => slot.key);
  }

  /** Give up what has expired; return how many entries that were. */
  prune(): number {
    const { ttlMs, onEvict } = this.options;
    if (ttlMs === undefined) {
      return 0;
    }
    const now = this.now();
    const isExpired = (slot: Slot<K, V>): boolean => now - slot.setAt >= ttlMs;
    const expired = this.slots.filter(isExpired);
    this.slots = this.slots.filter((slot) => !isExpired(slot));
    expired.forEach((slot) => onEvict?.(slot.key, slot.value, "expired"));
    return expired.length;
  }

  stats(): StoreStats {
    return { hits: this.hits, misses: this.misses };
  }

  private now(): number {
    return this.options.clock?.() ?? Date.now();
  }

  private indexOf(key: K): number {
    this.prune();
    return this.slots.findIndex((slot) => slot.key === key);
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
  const { method, path, query, user } = request;
  const queryString = Object.keys(query ?? {})
    .sort()
    .map((name) => `${name}=${encodeURIComponent(query![name])}`)
    .join("&");
  return `${method.toUpperCase()} ${path}${queryString ? `?${queryString}` : ""} by ${user?.name ?? "anonymous"}`;
}

/** Runs a request through its steps, in the order in which they were added. */
export class Pipeline {
  private entries: { name: string; step: Step }[] = [];

  /** Add a step at the end. Throws an Error where the name is taken. */
  use(name: string, step: Step): this {
    if (this.entries.some((entry) => entry.name === name)) {
      throw new Error(`the step ${name} is there already`);
    }
    this.entries.push({ name, step });
    return this;
  }

  names(): string[] {
    return this.entries.map((entry) => entry.name);
  }

  /**
   * Return the reply to a request: 404 where no step answers, 500 where a step fails or calls next a second time;
   * that is logged too. Steps that are added meanwhile do not count.
   */
  run(request: Request): Promise<Reply> {
    const steps = this.entries.map((entry) => entry.step);
    const dispatch = (index: number, current: Request): Promise<Reply> => {
      if (index === steps.length) {
        return Promise.resolve({ status: 404, body: `nothing at ${current.path}.`, headers: {} });
      }
      let called = false;
      const next = (passed: Request): Promise<Reply> => {
        if (called) {
          return Promise.reject(new Error("next was called twice"));
        }
        called = true;
        return dispatch(index + 1, passed);
      };
      return Promise.resolve().then(() => steps[index](current, next));
    };
    return dispatch(0, request).catch((error: unknown) => {
      const message = error instanceof Error ? error.message : String(error);
      logError(`${describeRequest(request)} failed`, { scope: "pipeline", error: message });
      return { status: 500, body: `failed: ${message}.`, headers: {} };
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
    if (known) {
      return Promise.resolve(withCacheHeader(known, "hit"));
    }
    return step(request, next).then((reply) => {
      if (reply.status < 400) {
        store.set(key, reply);
      }
      return withCacheHeader(reply, "miss");
    });
  };
}

function withCacheHeader(reply: Reply, value: string): Reply {
  return { ...reply, headers: { ...reply.headers, "x-cache": value } };
}
