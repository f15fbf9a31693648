// canary a713f32b-c17f-4f72-9ee9-9e70a3587bca
// Facts stand in tables, and what is done with them in small functions beside the classes.

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

const LEVELS: Readonly<Record<LogLevel, { name: string; mutable: boolean; written: boolean }>> = {
  [LogLevel.Debug]: { name: "DEBUG", mutable: true, written: true },
  [LogLevel.Info]: { name: "INFO", mutable: true, written: true },
  [LogLevel.Warn]: { name: "WARN", mutable: true, written: true },
  [LogLevel.Error]: { name: "ERROR", mutable: false, written: true },
  [LogLevel.Silent]: { name: "SILENT", mutable: false, written: false },
};

export const LEVEL_NAMES: readonly string[] = Object.values(LEVELS).map(({ name }) => name);

const state: Required<LogOptions> = { level: LogLevel.Info, sink: null, clock: () => Date.now(), muted: [] };

export function configureLog(options: LogOptions): void {
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  Object.assign(state, given, options.muted && { muted: options.muted.slice() });
}

export function parseLevel(text: string | null | undefined, fallback: LogLevel = LogLevel.Info): LogLevel {
  const byName = new Map(LEVEL_NAMES.map((name, level) => [name, level]));
  return byName.get(text?.trim().toUpperCase() ?? "") ?? fallback;
}

export function shouldLog(level: LogLevel, scope?: string): boolean {
  const { mutable, written } = LEVELS[level];
  const isMuted = mutable && scope !== undefined && state.muted.includes(scope);
  return written && level >= state.level && !isMuted;
}

const format = (level: LogLevel, message: string, fields: Fields): string => {
  let line = `[${new Date(state.clock()).toISOString()}] ${LEVELS[level].name} ${message}`;
  for (const name of Object.keys(fields)) {
    const value = fields[name];
    line += value === undefined ? "" : ` ${name}=${value}`;
  }
  return line;
};

const emit = (level: LogLevel, message: string, fields: Fields = {}): void => {
  const scope = typeof fields.scope === "string" ? fields.scope : undefined;
  if (shouldLog(level, scope)) state.sink?.(level, format(level, message, fields));
};

export const logDebug = (message: string, fields?: Fields): void => emit(LogLevel.Debug, message, fields);
export const logInfo = (message: string, fields?: Fields): void => emit(LogLevel.Info, message, fields);
export const logWarn = (message: string, fields?: Fields): void => emit(LogLevel.Warn, message, fields);
export const logError = (message: string, fields?: Fields): void => emit(LogLevel.Error, message, fields);

export const DEFAULT_CAPACITY = 100;

export interface StoreOptions<K, V> {
  capacity?: number;
  ttlMs?: number;
  clock?: Clock;
  onEvict?: (key: K, value: V, reason: "capacity" | "expired") => void;
}

export interface StoreStats {
  readonly hits: number;
  readonly misses: number;
}

/** Keeps its entries in an array, the one that was not used for the longest time first. */
export class LruStore<K, V> {
  private slots: { key: K; value: V; setAt: number }[] = [];
  private readonly counts = { hits: 0, misses: 0 };
  private readonly settings;

  constructor(options: StoreOptions<K, V> = {}) {
    this.settings = { capacity: DEFAULT_CAPACITY, ttlMs: Infinity, clock: Date.now as Clock, ...defined(options) };
    const { capacity } = this.settings;
    if (capacity < 1) throw new RangeError(`capacity must be at least 1, not ${capacity}.`);
  }

  get size(): number {
    this.prune();
    return this.slots.length;
  }

  get(key: K): V | undefined {
    const slot = this.taken(key);
    this.counts.hits += slot ? 1 : 0;
    this.counts.misses += slot ? 0 : 1;
    if (slot) this.slots.push(slot);
    return slot?.value;
  }

  has(key: K): boolean {
    this.prune();
    return this.slots.some((slot) => slot.key === key);
  }

  set(key: K, value: V): this {
    this.taken(key);
    this.slots.push({ key, value, setAt: this.settings.clock() });
    this.dropped(this.slots.splice(0, this.slots.length - this.settings.capacity), "capacity");
    return this;
  }

  keys(): K[] {
    this.prune();
    return this.slots.map(({ key }) => key);
  }

  prune(): number {
    const now = this.settings.clock();
    const isOld = ({ setAt }: { setAt: number }): boolean => now - setAt >= this.settings.ttlMs;
    const old = this.slots.filter(isOld);
    this.slots = this.slots.filter((slot) => !isOld(slot));
    return this.dropped(old, "expired");
  }

  stats(): StoreStats {
    return { ...this.counts };
  }

  private taken(key: K) {
    this.prune();
    const index = this.slots.findIndex((slot) => slot.key === key);
    return index < 0 ? undefined : this.slots.splice(index, 1)[0];
  }

  private dropped(slots: { key: K; value: V }[], reason: "capacity" | "expired"): number {
    slots.forEach(({ key, value }) => this.settings.onEvict?.(key, value, reason));
    return slots.length;
  }
}

/** What was given, without the names that were given as undefined. */
function defined<K, V>({ capacity, ttlMs, clock, onEvict }: StoreOptions<K, V>) {
  return {
    ...(capacity !== undefined && { capacity }),
    ...(ttlMs !== undefined && { ttlMs }),
    ...(clock && { clock }),
    onEvict,
  };
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

export function describeRequest({ method, path, query, user }: Request): string {
  const words = [`${method.toUpperCase()} ${path}`];
  for (const [at, name] of Object.keys(query ?? {})
    .sort()
    .entries()) {
    words.push(at === 0 ? "?" : "&", name, "=", encodeURIComponent(query?.[name] ?? ""));
  }
  return `${words.join("")} by ${user?.name ?? "anonymous"}`;
}

const REPLIES = {
  missing: (request: Request): Reply => ({ status: 404, body: `nothing at ${request.path}.`, headers: {} }),
  failed: (message: string): Reply => ({ status: 500, body: `failed: ${message}.`, headers: {} }),
  marked: (reply: Reply, mark: string): Reply => ({ ...reply, headers: { ...reply.headers, "x-cache": mark } }),
};

export class Pipeline {
  private readonly steps: Record<string, Step>[] = [];

  use(name: string, step: Step): this {
    if (this.names().some((taken) => taken === name)) throw new Error(`the step ${name} is there already`);
    this.steps.push({ [name]: step });
    return this;
  }

  names(): string[] {
    return this.steps.flatMap((entry) => Object.keys(entry));
  }

  run(request: Request): Promise<Reply> {
    const walk = async ([step, ...rest]: Step[], current: Request): Promise<Reply> => {
      if (!step) return REPLIES.missing(current);
      const left = [rest];
      return step(current, async (passed) => {
        const following = left.pop();
        if (!following) throw new Error("next was called twice");
        return walk(following, passed);
      });
    };
    return walk(
      this.steps.flatMap((entry) => Object.values(entry)),
      request,
    ).catch((error: unknown) => {
      const message = error instanceof Error ? error.message : String(error);
      logError(`${describeRequest(request)} failed`, { scope: "pipeline", error: message });
      return REPLIES.failed(message);
    });
  }
}

export function cached(store: LruStore<string, Reply>, step: Step): Step {
  return async (request, next) => {
    if (request.method.toUpperCase() !== "GET") return step(request, next);
    const key = describeRequest(request);
    const known = store.get(key);
    if (known) return REPLIES.marked(known, "hit");
    const reply = await step(request, next);
    if (reply.status < 400) store.set(key, reply);
    return REPLIES.marked(reply, "miss");
  };
}
