// canary a713f32b-c17f-4f72-9ee9-9e70a3587bca
// A logger is an object, its functions are its bound methods; the store rests on a class that knows only of order.

/** How much a line matters. */
export enum LogLevel {
  Debug,
  Info,
  Warn,
  Error,
  Silent,
}

export type Fields = Readonly<Record<string, string | number | boolean | null | undefined>>;

export type Sink = (level: LogLevel, line: string) => void;

export type Clock = () => number;

export interface LogOptions {
  level?: LogLevel;
  sink?: Sink | null;
  clock?: Clock;
  muted?: readonly string[];
}

export const LEVEL_NAMES: readonly string[] = Object.freeze(["DEBUG", "INFO", "WARN", "ERROR", "SILENT"]);

class Logger {
  private level: LogLevel = LogLevel.Info;
  private sink: Sink | null = null;
  private clock: Clock = () => Date.now();
  private muted = new Set<string>();

  configure(options: LogOptions): void {
    this.level = options.level ?? this.level;
    this.clock = options.clock ?? this.clock;
    if (options.sink !== undefined) this.sink = options.sink;
    if (options.muted) this.muted = new Set(options.muted);
  }

  allows(level: LogLevel, scope?: string): boolean {
    const quiet = level < LogLevel.Error && scope !== undefined && this.muted.has(scope);
    return level >= this.level && level < LogLevel.Silent && !quiet;
  }

  private write(level: LogLevel, message: string, fields?: Fields): void {
    const scope = fields?.scope;
    if (!this.allows(level, typeof scope === "string" ? scope : undefined)) return;
    const rest = Object.entries(fields ?? {}).flatMap(([name, value]) =>
      value === undefined ? [] : [`${name}=${String(value)}`],
    );
    const stamp = new Date(this.clock()).toISOString();
    this.sink?.(level, [`[${stamp}]`, LEVEL_NAMES[level], message, ...rest].join(" "));
  }

  debug(message: string, fields?: Fields): void {
    this.write(LogLevel.Debug, message, fields);
  }

  info(message: string, fields?: Fields): void {
    this.write(LogLevel.Info, message, fields);
  }

  warn(message: string, fields?: Fields): void {
    this.write(LogLevel.Warn, message, fields);
  }

  error(message: string, fields?: Fields): void {
    this.write(LogLevel.Error, message, fields);
  }
}

const logger = new Logger();

export const configureLog = logger.configure.bind(logger);
export const shouldLog = logger.allows.bind(logger);
export const logDebug = logger.debug.bind(logger);
export const logInfo = logger.info.bind(logger);
export const logWarn = logger.warn.bind(logger);
export const logError = logger.error.bind(logger);

export function parseLevel(text: string | null | undefined, fallback?: LogLevel): LogLevel {
  const found = LEVEL_NAMES.findIndex((name) => name === text?.trim().toUpperCase());
  return found === -1 ? (fallback ?? LogLevel.Info) : found;
}

export const DEFAULT_CAPACITY = 100;

export interface StoreStats {
  readonly hits: number;
  readonly misses: number;
}

/** A map that knows which of its keys was touched last. */
class Recency<K, V> extends Map<K, V> {
  touch(key: K, value: V): void {
    this.delete(key);
    this.set(key, value);
  }

  eldest(): [K, V] {
    const [first] = this;
    return first;
  }
}

export interface StoreOptions<K, V> {
  capacity?: number;
  ttlMs?: number;
  clock?: Clock;
  onEvict?: (key: K, value: V, reason: "capacity" | "expired") => void;
}

abstract class Store<K, V> {
  protected readonly slots = new Recency<K, { readonly value: V; readonly setAt: number }>();
  protected readonly now: Clock;

  constructor(protected readonly options: StoreOptions<K, V>) {
    this.now = options.clock ?? (() => Date.now());
  }

  /** How many entries there are that have not expired. */
  get size(): number {
    this.prune();
    return this.slots.size;
  }

  has(key: K): boolean {
    this.prune();
    return this.slots.has(key);
  }

  keys(): K[] {
    this.prune();
    return [...this.slots.keys()];
  }

  prune(): number {
    const { ttlMs = Number.POSITIVE_INFINITY, onEvict } = this.options;
    const now = this.now();
    const expired = [...this.slots.entries()].filter(([, slot]) => now - slot.setAt >= ttlMs);
    for (const [key, { value }] of expired) {
      this.slots.delete(key);
      onEvict?.(key, value, "expired");
    }
    return expired.length;
  }
}

export class LruStore<K, V> extends Store<K, V> {
  private readonly capacity: number;
  private hits = 0;
  private misses = 0;

  constructor(options: StoreOptions<K, V> = {}) {
    super(options);
    this.capacity = options.capacity ?? DEFAULT_CAPACITY;
    if (this.capacity < 1) {
      throw new RangeError(`capacity must be at least 1, not ${this.capacity}.`);
    }
  }

  get(key: K): V | undefined {
    this.prune();
    const slot = this.slots.get(key);
    if (slot === undefined) {
      this.misses++;
      return undefined;
    }
    this.hits++;
    this.slots.touch(key, slot);
    return slot.value;
  }

  set(key: K, value: V): this {
    this.prune();
    this.slots.touch(key, { value, setAt: this.now() });
    while (this.slots.size > this.capacity) {
      const [oldest, slot] = this.slots.eldest();
      this.slots.delete(oldest);
      this.options.onEvict?.(oldest, slot.value, "capacity");
    }
    return this;
  }

  stats(): StoreStats {
    const { hits, misses } = this;
    return { hits, misses };
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

export type Step = (request: Request, next: (request: Request) => Promise<Reply>) => Promise<Reply>;

export function describeRequest(request: Request): string {
  const { method, path, query, user } = request;
  const pairs = Object.keys(query ?? {}).sort();
  const search = pairs
    .map((name, at) => `${at ? "&" : "?"}${name}=${encodeURIComponent(query?.[name] ?? "")}`)
    .join("");
  return `${method.toUpperCase()} ${path}${search} by ${user?.name ?? "anonymous"}`;
}

class Passage {
  constructor(private readonly steps: readonly Step[]) {}

  async from(index: number, request: Request): Promise<Reply> {
    const step = this.steps.at(index);
    if (!step) return { status: 404, body: `nothing at ${request.path}.`, headers: {} };
    let calls = 0;
    return step(request, async (passed) => {
      calls += 1;
      if (calls > 1) throw new Error("next was called twice");
      return this.from(index + 1, passed);
    });
  }
}

export class Pipeline {
  private readonly entries: { readonly name: string; readonly step: Step }[] = [];

  use(name: string, step: Step): this {
    if (this.names().includes(name)) {
      throw new Error(`the step ${name} is there already`);
    }
    this.entries.push({ name, step });
    return this;
  }

  names(): string[] {
    return this.entries.map((entry) => entry.name);
  }

  async run(request: Request): Promise<Reply> {
    try {
      return await new Passage(this.entries.map(({ step }) => step)).from(0, request);
    } catch (error: unknown) {
      const message = error instanceof Error ? error.message : String(error);
      logError(`${describeRequest(request)} failed`, { scope: "pipeline", error: message });
      return { status: 500, body: `failed: ${message}.`, headers: {} };
    }
  }
}

const withCache = (reply: Reply, value: "hit" | "miss"): Reply => ({
  status: reply.status,
  body: reply.body,
  headers: { ...reply.headers, "x-cache": value },
});

export function cached(store: LruStore<string, Reply>, step: Step): Step {
  return async (request, next) => {
    if (request.method.toUpperCase() !== "GET") {
      return step(request, next);
    }
    const key = describeRequest(request);
    const known = store.get(key);
    if (known !== undefined) {
      return withCache(known, "hit");
    }
    const fresh = await step(request, next);
    if (fresh.status < 400) {
      store.set(key, fresh);
    }
    return withCache(fresh, "miss");
  };
}
