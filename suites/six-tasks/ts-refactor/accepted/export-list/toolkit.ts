// canary a713f32b-c17f-4f72-9ee9-9e70a3587bca
enum Level { Debug = 0, Info = 1, Warn = 2, Error = 3, Silent = 4 }
type Scalar = string | number | boolean;
type Fields = { readonly [name: string]: Scalar | null | undefined };
type Sink = { (level: Level, line: string): void };
type Clock = { (): number };
type LogOptions = {
  level?: Level;
  sink?: null | Sink;
  clock?: Clock;
  muted?: ReadonlyArray<string>;
};
const LEVEL_NAMES: ReadonlyArray<string> = Object.values(Level).filter((v): v is string => typeof v === "string").map((v) => v.toUpperCase());
const DEFAULT_CAPACITY = 100 as const;
type Reason = "expired" | "capacity";
type StoreOptions<Key, Value> = {
  capacity?: number;
  ttlMs?: number;
  clock?: Clock;
  onEvict?: (key: Key, value: Value, reason: Reason) => void;
};
type StoreStats = Readonly<{ hits: number; misses: number }>;
type User = { readonly name?: string | null };
type Request = Readonly<{ method: string; path: string; query?: Readonly<Record<string, string>>; user?: User | null }>;
type Headers = Readonly<Record<string, string>>;
type Reply = Readonly<{ status: number; body: string; headers: Headers }>;
type Next = (request: Request) => Promise<Reply>;
type Step = (request: Request, next: Next) => Promise<Reply>;

const state = {
  level: Level.Info as Level,
  sink: null as Sink | null,
  clock: (() => Date.now()) as Clock,
  muted: new Set<string>(),
};

const configureLog = (options: LogOptions): void => {
  const { level = state.level, sink = state.sink, clock = state.clock, muted = state.muted } = options;
  Object.assign(state, { level, sink, clock, muted: new Set(muted) });
};

const parseLevel = (text: string | null | undefined, fallback?: Level): Level => {
  const found = LEVEL_NAMES.findIndex((name) => name === text?.trim().toUpperCase());
  return found >= 0 ? found : (fallback ?? Level.Info);
};

const isMuted = (level: Level, scope?: string): boolean =>
  level < Level.Error && scope !== undefined && state.muted.has(scope);

const shouldLog = (level: Level, scope?: string): boolean =>
  level !== Level.Silent && level >= state.level && !isMuted(level, scope);

const logger =
  (level: Level) =>
  (message: string, fields?: Fields): void => {
    const scope = typeof fields?.scope === "string" ? fields.scope : undefined;
    if (!shouldLog(level, scope)) return;
    const head = [`[${new Date(state.clock()).toISOString()}]`, LEVEL_NAMES[level], message];
    const tail = Object.entries(fields ?? {}).flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`]));
    state.sink?.(level, [...head, ...tail].join(" "));
  };

const [logDebug, logInfo, logWarn, logError] = [Level.Debug, Level.Info, Level.Warn, Level.Error].map(logger);

class LruStore<K, V> {
  #slots: { key: K; value: V; setAt: number }[] = [];
  readonly #limit: number;
  readonly #ttl: number;
  readonly #clock: Clock;
  readonly #evicted: NonNullable<StoreOptions<K, V>["onEvict"]>;
  #stats = { hits: 0, misses: 0 };

  constructor({ capacity = DEFAULT_CAPACITY, ttlMs = Infinity, clock = () => Date.now(), onEvict = () => {} }: StoreOptions<K, V> = {}) {
    if (capacity < 1) throw new RangeError(`capacity must be at least 1, not ${capacity}.`);
    [this.#limit, this.#ttl, this.#clock, this.#evicted] = [capacity, ttlMs, clock, onEvict];
  }

  get size(): number {
    return this.keys().length;
  }

  get(key: K): V | undefined {
    const index = this.#indexOf(key);
    this.#stats[index < 0 ? "misses" : "hits"]++;
    if (index < 0) return;
    const [slot] = this.#slots.splice(index, 1);
    this.#slots.push(slot);
    return slot.value;
  }

  has(key: K): boolean {
    return this.#indexOf(key) !== -1;
  }

  set(key: K, value: V): this {
    const index = this.#indexOf(key);
    if (index >= 0) this.#slots.splice(index, 1);
    this.#slots.push({ key, value, setAt: this.#clock() });
    while (this.#slots.length > this.#limit) {
      const gone = this.#slots.shift()!;
      this.#evicted(gone.key, gone.value, "capacity");
    }
    return this;
  }

  keys(): K[] {
    this.prune();
    return this.#slots.map((slot) => slot.key);
  }

  prune(): number {
    if (this.#ttl === Infinity) return 0;
    const now = this.#clock();
    const isOld = ({ setAt }: { setAt: number }) => now - setAt >= this.#ttl;
    const old = this.#slots.filter(isOld);
    this.#slots = this.#slots.filter((slot) => !isOld(slot));
    for (const { key, value } of old) this.#evicted(key, value, "expired");
    return old.length;
  }

  stats(): StoreStats {
    return { ...this.#stats };
  }

  #indexOf(key: K): number {
    this.prune();
    return this.#slots.findIndex((slot) => slot.key === key);
  }
}

function describeRequest({ method, path, query = {}, user }: Request): string {
  const pairs = Object.keys(query).sort().map((name) => `${name}=${encodeURIComponent(query[name])}`);
  const target = [path, pairs.join("&")].filter((part, place) => place === 0 || part !== "").join("?");
  return [method.toUpperCase(), target, "by", user?.name ?? "anonymous"].join(" ");
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

class Pipeline {
  private readonly steps = new Map<string, Step>();

  use(name: string, step: Step): this {
    if (this.steps.has(name)) throw new Error(`the step ${name} is there already`);
    this.steps.set(name, step);
    return this;
  }

  names(): string[] {
    return Array.from(this.steps.keys());
  }

  run(request: Request): Promise<Reply> {
    const notFound = async ({ path }: Request): Promise<Reply> => ({ status: 404, body: `nothing at ${path}.`, headers: {} });
    const chain = [...this.steps.values()].reduceRight<(request: Request) => Promise<Reply>>(
      (following, step) => async (current) => {
        let calls = 0;
        return step(current, (passed) =>
          calls++ > 0 ? Promise.reject(new Error("next was called twice")) : following(passed),
        );
      },
      notFound,
    );
    return chain(request).catch((error: unknown) => {
      const message = reasonOf(error);
      logError(`${describeRequest(request)} failed`, { scope: "pipeline", error: message });
      return { status: 500, body: `failed: ${message}.`, headers: {} };
    });
  }
}

function withCache({ status, body, headers }: Reply, cache: string): Reply {
  return { status, body, headers: Object.assign({}, headers, { "x-cache": cache }) };
}

const cached = (store: LruStore<string, Reply>, step: Step): Step => (request, next) => {
  if (request.method.toUpperCase() !== "GET") return step(request, next);
  const key = describeRequest(request);
  const known = store.get(key);
  return known
    ? Promise.resolve(withCache(known, "hit"))
    : step(request, next).then((reply) => {
        reply.status < 400 && store.set(key, reply);
        return withCache(reply, "miss");
      });
};

export {
  Level as LogLevel, LEVEL_NAMES, DEFAULT_CAPACITY, configureLog, parseLevel, shouldLog, logDebug, logInfo, logWarn, logError,
  LruStore, describeRequest, Pipeline, cached,
};
export type { Fields, Sink, Clock, LogOptions, StoreOptions, StoreStats, Request, Reply, Step };
