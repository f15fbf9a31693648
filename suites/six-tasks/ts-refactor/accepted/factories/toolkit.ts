// canary a713f32b-c17f-4f72-9ee9-9e70a3587bca
// Everything that is made is made by a function that closes over its state; loops are for-of.

export enum LogLevel {
  Debug = 0,
  Info = 1,
  Warn = 2,
  Error = 3,
  Silent = 4,
}

type Field = string | number | boolean | null | undefined;
export type Fields = { readonly [name: string]: Field };
export interface Sink {
  (level: LogLevel, line: string): void;
}
export type Clock = () => number;
export type LogOptions = Partial<{ level: LogLevel; sink: Sink | null; clock: Clock; muted: readonly string[] }>;

type Log = (message: string, fields?: Fields) => void;

export const LEVEL_NAMES: readonly string[] = ["DEBUG", "INFO", "WARN", "ERROR", "SILENT"];

function createLogging() {
  let settings: Required<LogOptions> = { level: LogLevel.Info, sink: null, clock: Date.now, muted: [] };

  const isOn = (level: LogLevel, scope?: string): boolean => {
    const { level: least, muted } = settings;
    if (level === LogLevel.Silent || least === LogLevel.Silent) return false;
    if (level === LogLevel.Error) return true;
    return level >= least && (scope === undefined || muted.indexOf(scope) === -1);
  };

  const at =
    (level: LogLevel): Log =>
    (message, fields = {}) => {
      const scope = typeof fields.scope === "string" ? fields.scope : undefined;
      if (!isOn(level, scope)) return;
      const time = new Date(settings.clock()).toISOString();
      const parts = [`[${time}]`, LEVEL_NAMES[level], message];
      for (const [name, value] of Object.entries(fields)) {
        if (value !== undefined) parts.push(`${name}=${value}`);
      }
      settings.sink?.(level, parts.join(" "));
    };

  const configure = (options: LogOptions): void => {
    for (const [name, value] of Object.entries(options)) {
      if (value !== undefined) settings = { ...settings, [name]: Array.isArray(value) ? [...value] : value };
    }
  };

  return { isOn, configure, at };
}

const logging = createLogging();

export const configureLog = logging.configure;
export const shouldLog = logging.isOn;
export const [logDebug, logInfo, logWarn, logError]: readonly [Log, Log, Log, Log] = [
  logging.at(LogLevel.Debug),
  logging.at(LogLevel.Info),
  logging.at(LogLevel.Warn),
  logging.at(LogLevel.Error),
];

export const parseLevel = (text: string | null | undefined, fallback = LogLevel.Info): LogLevel => {
  const wanted = text?.trim().toUpperCase();
  for (const [level, name] of LEVEL_NAMES.entries()) {
    if (name === wanted) return level;
  }
  return fallback;
};

export const DEFAULT_CAPACITY = 100;

export interface StoreOptions<K, V> {
  capacity?: number;
  ttlMs?: number;
  clock?: Clock;
  onEvict?(key: K, value: V, reason: "capacity" | "expired"): void;
}

export type StoreStats = Readonly<{ hits: number; misses: number }>;

export class LruStore<Key, Value> {
  #values = new Map<Key, readonly [value: Value, setAt: number]>();
  #stats = { hits: 0, misses: 0 };
  #options: StoreOptions<Key, Value>;

  constructor(options?: StoreOptions<Key, Value>) {
    this.#options = { ...options, capacity: options?.capacity ?? DEFAULT_CAPACITY };
    if (this.#capacity < 1) throw new RangeError(`capacity must be at least 1, not ${this.#capacity}.`);
  }

  get #capacity(): number {
    return this.#options.capacity ?? DEFAULT_CAPACITY;
  }

  get #now(): number {
    return this.#options.clock?.() ?? Date.now();
  }

  get size(): number {
    return this.keys().length;
  }

  get(key: Key): Value | undefined {
    this.prune();
    const kept = this.#values.get(key);
    this.#stats[kept ? "hits" : "misses"] += 1;
    if (!kept) return undefined;
    this.#values.delete(key);
    this.#values.set(key, kept);
    return kept[0];
  }

  has(key: Key): boolean {
    return this.keys().includes(key);
  }

  set(key: Key, value: Value) {
    this.prune();
    this.#values.delete(key);
    this.#values.set(key, [value, this.#now]);
    for (const [oldest, [dropped]] of this.#values) {
      if (this.#values.size <= this.#capacity) break;
      this.#values.delete(oldest);
      this.#options.onEvict?.(oldest, dropped, "capacity");
    }
    return this;
  }

  keys(): Key[] {
    this.prune();
    return Array.from(this.#values.keys());
  }

  prune(): number {
    const limit = this.#options.ttlMs;
    if (limit === undefined) return 0;
    const now = this.#now;
    const gone = Array.from(this.#values).filter(([, [, setAt]]) => now - setAt >= limit);
    gone.forEach(([key]) => this.#values.delete(key));
    gone.forEach(([key, [value]]) => this.#options.onEvict?.(key, value, "expired"));
    return gone.length;
  }

  stats(): StoreStats {
    return { ...this.#stats };
  }
}

export interface Request {
  readonly method: string;
  readonly path: string;
  readonly query?: { readonly [name: string]: string };
  readonly user?: null | { readonly name?: string | null };
}

export type Reply = Readonly<{ status: number; body: string; headers: Readonly<Record<string, string>> }>;

type Next = (request: Request) => Promise<Reply>;
export type Step = (request: Request, next: Next) => Promise<Reply>;

export const describeRequest = (request: Request): string => {
  const query = Object.entries(request.query ?? {})
    .map(([name, value]) => [name, encodeURIComponent(value)] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .reduce((text, [name, value]) => `${text}${text ? "&" : "?"}${name}=${value}`, "");
  return `${request.method.toUpperCase()} ${request.path}${query} by ${request.user?.name ?? "anonymous"}`;
};

const missing: Next = async ({ path }) => ({ status: 404, body: `nothing at ${path}.`, headers: {} });

const once = (next: Next): Next => {
  let called = false;
  return async (request) => {
    if (called) throw new Error("next was called twice");
    called = true;
    return next(request);
  };
};

export class Pipeline {
  #entries: { name: string; step: Step }[] = [];

  use(name: string, step: Step): this {
    if (this.#entries.some((entry) => entry.name === name)) throw new Error(`the step ${name} is there already`);
    this.#entries = [...this.#entries, { name, step }];
    return this;
  }

  names(): string[] {
    return this.#entries.map(({ name }) => name);
  }

  async run(request: Request): Promise<Reply> {
    const all = this.#entries.reduceRight<Next>(
      (next, { step }) =>
        async (passed) =>
          step(passed, once(next)),
      missing,
    );
    return all(request).catch((error: unknown) => {
      const message = error instanceof Error ? error.message : `${error}`;
      logError(`${describeRequest(request)} failed`, { scope: "pipeline", error: message });
      return { status: 500, body: `failed: ${message}.`, headers: {} };
    });
  }
}

export const cached =
  (store: LruStore<string, Reply>, step: Step): Step =>
  async (request, next) => {
    if (request.method.toUpperCase() !== "GET") return step(request, next);
    const key = describeRequest(request);
    const known = store.get(key);
    const reply = known ?? (await step(request, next));
    if (!known && reply.status < 400) store.set(key, reply);
    return { ...reply, headers: { ...reply.headers, "x-cache": known ? "hit" : "miss" } };
  };
