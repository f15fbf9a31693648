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

let currentLevel = LogLevel.Info;
let currentSink: Sink | null = null;
let currentClock: Clock = Date.now;
let currentMuted: readonly string[] = [];

/** Change what is given and leave the rest as it is. */
export function configureLog({ level, sink, clock, muted }: LogOptions): void {
  currentLevel = level ?? currentLevel;
  currentSink = sink === undefined ? currentSink : sink;
  currentClock = clock ?? currentClock;
  currentMuted = muted ? [...muted] : currentMuted;
}

/** Return the level of that name, in upper or lower case; the fallback (Info) where there is no such level. */
export function parseLevel(text: string | null | undefined, fallback: LogLevel = LogLevel.Info): LogLevel {
  const level = LEVEL_NAMES.indexOf(text?.trim().toUpperCase() ?? "");
  return level < 0 ? fallback : level;
}

/** Tell whether something of that level and scope is logged now. */
export function shouldLog(level: LogLevel, scope?: string): boolean {
  if (level === LogLevel.Silent || level < currentLevel) return false;
  return level === LogLevel.Error || scope === undefined || !currentMuted.includes(scope);
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

interface Slot<V> {
  value: V;
  setAt: number;
}

/** Keeps the entries that were used last. */
export class LruStore<K, V> {
  /** What was not used for the longest time stands first. */
  private readonly slots = new Map<K, Slot<V>>();
  private readonly capacity: number;
  private hits = 0;
  private misses = 0;

  constructor(private readonly options: StoreOptions<K, V> = {}) {
    this.capacity = options.capacity ?? DEFAULT_CAPACITY;
    if (this.capacity < 1) throw new RangeError(`capacity must be at least 1, not ${this.capacity}.`);
  }

  /** How many entries there are that have not expired. */
  get size(): number {
    this.prune();
    return this.slots.size;
  }

  /** Return a value and make it the one that was used last; counts as a hit or a miss. */
  get(key: K): V | undefined {
    this.prune();
    const slot = this.slots.get(key);
    if (!slot) {
      this.misses += 1;
      return undefined;
    }
    this.hits += 1;
    this.slots.delete(key);
    this.slots.set(key, slot);
    return slot.value;
  }

  /** Tell whether there is such an entry, and change nothing. */
  has(key: K): boolean {
    this.prune();
    return this.slots.has(key);
  }

  /** Set a value, which makes it the one that was used last; gives up the first where there are too many. */
  set(key: K, value: V): this {
    this.prune();
    this.slots.delete(key);
    this.slots.set(key, { value, setAt: this.now() });
    for (const first of this.slots.keys()) {
      if (this.slots.size <= this.capacity) break;
      this.giveUp(first, "capacity");
    }
    return this;
  }

  /** Return the keys; the one that was not used for the longest time is the first. */
  keys(): K[] {
    this.prune();
    return [...this.slots.keys()];
  }

  /** Give up what has expired; return how many entries that were. */
  prune(): number {
    const { ttlMs = Infinity } = this.options;
    const now = this.now();
    const old = [...this.slots].filter(([, { setAt }]) => now - setAt >= ttlMs);
    for (const [key] of old) this.giveUp(key, "expired");
    return old.length;
  }

  stats(): StoreStats {
    return { hits: this.hits, misses: this.misses };
  }

  private now(): number {
    return (this.options.clock ?? Date.now)();
  }

  private giveUp(key: K, reason: "capacity" | "expired"): void {
    const slot = this.slots.get(key);
    this.slots.delete(key);
    if (slot) this.options.onEvict?.(key, slot.value, reason);
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
export function describeRequest({ method, path, query = {}, user }: Request): string {
  const pairs = Object.entries(query)
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .sort();
  const asked = pairs.length ? `?${pairs.join("&")}` : "";
  return `${method.toUpperCase()} ${path}${asked} by ${user?.name ?? "anonymous"}`;
}

/** Runs a request through its steps, in the order in which they were added. */
export class Pipeline {
  private readonly steps = new Map<string, Step>();

  /** Add a step at the end. Throws an Error where the name is taken. */
  use(name: string, step: Step): this {
    if (this.steps.has(name)) throw new Error(`the step ${name} is there already`);
    this.steps.set(name, step);
    return this;
  }

  names(): string[] {
    return [...this.steps.keys()];
  }

  /**
   * Return the reply to a request: 404 where no step answers, 500 where a step fails or calls next a second time;
   * that is logged too. Steps that are added meanwhile do not count.
   */
  async run(request: Request): Promise<Reply> {
    const steps = [...this.steps.values()];
    const dispatch = async (index: number, current: Request): Promise<Reply> => {
      if (index === steps.length) return { status: 404, body: `nothing at ${current.path}.`, headers: {} };
      let called = false;
      return steps[index](current, async (passed) => {
        if (called) throw new Error("next was called twice");
        called = true;
        return dispatch(index + 1, passed);
      });
    };
    try {
      return await dispatch(0, request);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      logError(`${describeRequest(request)} failed`, { scope: "pipeline", error: message });
      return { status: 500, body: `failed: ${message}.`, headers: {} };
    }
  }
}

/**
 * Return a step that keeps replies to GET in a store, where their status is below 400. The header `x-cache` of a reply
 * to GET tells where it comes from: hit or miss.
 */
export function cached(store: LruStore<string, Reply>, step: Step): Step {
  const marked = (reply: Reply, found: string): Reply => ({
    ...reply,
    headers: { ...reply.headers, "x-cache": found },
  });
  return async (request, next) => {
    if (request.method.toUpperCase() !== "GET") return step(request, next);
    const key = describeRequest(request);
    if (store.has(key)) return marked(store.get(key)!, "hit");
    const reply = await step(request, next);
    if (reply.status < 400) store.set(key, reply);
    return marked(reply, "miss");
  };
}
