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

const later = (): never => {
  throw new Error("later");
};

export const configureLog: (options: LogOptions) => void = later;
export const parseLevel: (text: string | null | undefined, fallback?: LogLevel) => LogLevel = later;
export const shouldLog: (level: LogLevel, scope?: string) => boolean = later;
export const logDebug: (message: string, fields?: Fields) => void = later;
export const logInfo: (message: string, fields?: Fields) => void = later;
export const logWarn: (message: string, fields?: Fields) => void = later;
export const logError: (message: string, fields?: Fields) => void = later;

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

export class LruStore<K, V> {
  constructor(options?: StoreOptions<K, V>) {
    later();
  }

  get size(): number {
    return later();
  }

  get = (key: K): V | undefined => later();
  has = (key: K): boolean => later();
  set = (key: K, value: V): this => later();
  keys = (): K[] => later();
  prune = (): number => later();
  stats = (): StoreStats => later();
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

export const describeRequest: (request: Request) => string = later;

export class Pipeline {
  use = (name: string, step: Step): this => later();
  names = (): string[] => later();
  run = (request: Request): Promise<Reply> => later();
}

export const cached: (store: LruStore<string, Reply>, step: Step) => Step = later;
