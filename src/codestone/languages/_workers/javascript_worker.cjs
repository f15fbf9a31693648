// Runs inside the box: executes named calls on candidate code and answers with plain values.
//
//     node javascript_worker.cjs ENTRY        with the channel (docs/reference/channel.md) as descriptor 3
//
// Node 18 or newer, no packages. There is nothing to steal here: no expected value ever comes in, and no
// verdict goes out. Candidate code shares this process and may break it; that costs the check being asked.
//
// ENTRY and the modules that questions name are paths in the workspace; `globalThis` is what Node has globally.
// `.mjs` is an ES module, `.cjs` CommonJS, `.js` whichever its syntax is. A candidate's package.json does not
// decide: where one lies in the workspace, or where Node is too old to look at the syntax itself,
// javascript_loader.mjs does. A path that ends in .ts stands for what typescript_build.cjs made of it.
//
// The channel is read by the event loop while nothing is executed. A function of ours that is called inside
// must answer at once, so that call reads the channel itself, blocking, until its reply is there; what else
// arrives waits in the inbox. So a withheld answer holds up all of the candidate: hand over an asynchronous
// function where it must go on meanwhile.
"use strict";

const fs = require("node:fs");
const Module = require("node:module");
const net = require("node:net");
const path = require("node:path");
const { pathToFileURL } = require("node:url");
const { randomFillSync } = require("node:crypto");
const { Ended, NATIVE, raised } = require("./javascript_errors.cjs");
const { Held, Unsayable, Values } = require("./javascript_values.cjs");

const CHANNEL_FD = 3;
const FRAME_LIMIT = 16 << 20;
const WORKSPACE = process.cwd();
const { parse, stringify } = JSON;
const exit = process.reallyExit.bind(process);
const later = setImmediate;

/** Frames in and out. The descriptor is the event loop's, not blocking, but for the moments of `wait`. */
class Channel {
  constructor(take) {
    this.take = take;
    this.inbox = [];
    this.part = Buffer.alloc(4);
    this.filled = 0;
    this.inHeader = true;
    this.scratch = Buffer.alloc(1 << 16);
    const onread = { buffer: Buffer.alloc(1 << 16), callback: (size, buffer) => this.arrived(buffer.subarray(0, size)) };
    this.socket = new net.Socket({ fd: CHANNEL_FD, readable: true, writable: false, onread });
    this.socket.on("end", () => exit(0));
    this.socket.on("error", () => exit(0));
    this.socket.read(0);
  }

  send(message) {
    const data = Buffer.from(stringify(message));
    if (data.length > FRAME_LIMIT) {
      throw new Unsayable(`a message of ${data.length} bytes is over the limit of ${FRAME_LIMIT}`);
    }
    const frame = Buffer.allocUnsafe(data.length + 4);
    frame.writeUInt32BE(data.length);
    data.copy(frame, 4);
    for (let at = 0; at < frame.length; ) {
      try {
        at += fs.writeSync(CHANNEL_FD, frame, at);
      } catch (error) {
        if (error.code !== "EAGAIN") exit(0);
        this.drain();
      }
    }
  }

  /** Read until a frame fits and return that frame; the others stay in the inbox, for the event loop. */
  wait(fits) {
    for (;;) {
      const index = this.inbox.findIndex(fits);
      if (index >= 0) {
        const [found] = this.inbox.splice(index, 1);
        if (this.inbox.length) later(() => this.deliver());
        return found;
      }
      this.socket._handle.setBlocking(true);
      const size = fs.readSync(CHANNEL_FD, this.scratch);
      this.socket._handle.setBlocking(false);
      if (size === 0) exit(0);
      this.feed(this.scratch.subarray(0, size));
    }
  }

  /** Make room on the other side: while we wait to write, it may be waiting to write to us. */
  drain() {
    try {
      const size = fs.readSync(CHANNEL_FD, this.scratch);
      if (size === 0) exit(0);
      this.feed(this.scratch.subarray(0, size));
      later(() => this.deliver());
    } catch (error) {
      if (error.code !== "EAGAIN") exit(0);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }

  arrived(chunk) {
    this.feed(chunk);
    this.deliver();
    return true;
  }

  deliver() {
    while (this.inbox.length) this.take(this.inbox.shift());
  }

  feed(chunk) {
    for (let at = 0; at < chunk.length; ) {
      const copied = chunk.copy(this.part, this.filled, at);
      this.filled += copied;
      at += copied;
      if (this.filled < this.part.length) return;
      if (!this.inHeader) this.inbox.push(parse(this.part.toString()));
      this.part = this.inHeader ? Buffer.alloc(this.part.readUInt32BE()) : Buffer.alloc(4);
      this.inHeader = !this.inHeader;
      this.filled = 0;
    }
  }
}

/** Random names for callbacks, many from one draw. */
class Names {
  constructor() {
    this.pool = Buffer.alloc(4096);
    this.at = this.pool.length;
  }

  next() {
    if (this.at === this.pool.length) {
      randomFillSync(this.pool);
      this.at = 0;
    }
    this.at += 8;
    return this.pool.toString("hex", this.at - 8, this.at);
  }
}

/** An answer that is not there yet. */
class Later {
  constructor(promise) {
    this.promise = promise;
  }
}

class Worker {
  constructor(entry) {
    this.entry = entry;
    this.modules = new Map([["globalThis", new Loaded("globalThis", globalThis)]]);
    this.unanswered = new Set();
    this.waiting = new Map();
    this.names = new Names();
    this.values = new Values(
      (number, args) => this.callBack(number, args),
      (number, args) => this.callBackLater(number, args),
    );
    this.channel = new Channel((message) => this.take(message));
  }

  take(message) {
    if (!("reply" in message)) {
      void this.answer(message);
      return;
    }
    const settle = this.waiting.get(message.reply);
    this.waiting.delete(message.reply);
    if (settle) settle(message);
  }

  callBack(number, args) {
    const identity = this.sendCallback(number, args);
    return this.replied(this.channel.wait((message) => message.reply === identity));
  }

  async callBackLater(number, args) {
    const identity = this.sendCallback(number, args);
    return this.replied(await new Promise((resolve) => this.waiting.set(identity, resolve)));
  }

  sendCallback(number, args) {
    const identity = this.names.next();
    const coded = args.map((arg) => this.values.encode(arg));
    this.channel.send({ callback: identity, on: number, operation: "call", args: coded, kwargs: {} });
    return identity;
  }

  replied(reply) {
    if (!reply.throws) return this.values.decode(reply.gives);
    const [name, message] = reply.throws;
    if (NATIVE.has(name)) throw new globalThis[name](message);
    throw Object.assign(new Error(message), { name });
  }

  /** Executes up to its first wait at once: what has not to wait is answered in the order of asking. */
  async answer(question) {
    const number = question.question;
    this.unanswered.add(number);
    let message;
    try {
      let target = this.target(question);
      if (target instanceof Later) target = await target.promise;
      let value = this.execute(question, target);
      if (value instanceof Later) value = await value.promise;
      message = { answer: number, gives: this.values.encode(value) };
      this.unanswered.delete(number);
      this.channel.send(message);
    } catch (error) {
      this.unanswered.delete(number);
      if (error instanceof Unsayable) this.channel.send({ answer: number, unsayable: error.message });
      else this.channel.send({ answer: number, raises: raised(error) });
    }
  }

  /** What a question is about: a candidate's object, a loaded module, or nothing. */
  target(question) {
    if (question.do === "hold") return undefined;
    if (question.on !== null && question.on !== undefined) return this.values.decode({ handle: question.on });
    const file = question.module ?? this.entry;
    return this.modules.get(file) ?? this.load(file);
  }

  load(file) {
    const promise = import(pathToFileURL(built(path.resolve(WORKSPACE, file))).href).then((namespace) => {
      const loaded = new Loaded(file, namespace);
      this.modules.set(file, loaded);
      return loaded;
    });
    return new Later(promise);
  }

  execute(question, target) {
    const { name } = question;
    const args = question.args.map((arg) => this.values.decode(arg));
    const named = Object.entries(question.kwargs);
    if (named.length) args.push(Object.fromEntries(named.map(([key, value]) => [key, this.values.decode(value)])));
    switch (question.do) {
      case "hold":
        return new Held(args[0]);
      case "call":
        return called(target, name, args);
      case "new":
        return new Held(made(target, name, args));
      case "get":
        return target instanceof Loaded ? target.find(name)[0] : target[name];
      case "value":
        return target;
      case "await":
        return new Later(target);
      case "next":
        return next(target);
      case "drop":
        this.values.handles.delete(question.on);
        return null;
    }
    throw new Unsayable(`no verb is called '${question.do}'`);
  }

  /** An error that nobody caught ends Node; what was being asked is told so, and that is no answer. */
  crashed(error) {
    if (process.listenerCount("uncaughtException") > 1) return; // the candidate has its own way
    const { type, message, line } = raised(error);
    const why = `no answer: ${type[0]} (${message}) was not caught${line ? `, at ${line}` : ""}`;
    for (const number of this.unanswered) this.channel.send({ answer: number, unsayable: why });
    exit(1);
  }
}

/** One module of the candidate's; what CommonJS exports without a name is looked through. */
class Loaded {
  constructor(file, namespace) {
    this.file = file;
    this.namespace = namespace;
  }

  /** The export of that name, and the `this` to call it with. */
  find(name) {
    if (Object.hasOwn(this.namespace, name)) return [this.namespace[name], undefined];
    const whole = this.namespace.default;
    if (whole !== null && (typeof whole === "object" || typeof whole === "function") && name in whole) {
      return [whole[name], whole];
    }
    throw new TypeError(`${this.file} exports no ${name}`);
  }
}

function callee(target, name) {
  if (target instanceof Loaded) return target.find(name ?? "default");
  return name === null || name === undefined ? [target, undefined] : [target[name], target];
}

function called(target, name, args) {
  const [routine, self] = callee(target, name);
  if (typeof routine !== "function") throw new TypeError(`${name ?? "it"} is not a function`);
  return Reflect.apply(routine, self, args);
}

/** `new` for a class, and for any constructor that a module exports; a call for all other functions. */
function made(target, name, args) {
  const [routine, self] = callee(target, name);
  if (typeof routine !== "function") throw new TypeError(`${name ?? "it"} is not a function`);
  const isClass = /^class\b/.test(Function.prototype.toString.call(routine));
  if (isClass || (target instanceof Loaded && constructs(routine))) return Reflect.construct(routine, args);
  return Reflect.apply(routine, self, args);
}

function constructs(routine) {
  try {
    Reflect.construct(Object, [], routine);
    return true;
  } catch {
    return false;
  }
}

function next(iterator) {
  const step = iterator.next();
  if (typeof step?.then !== "function") return stepped(step, "StopIteration");
  return new Later(step.then((settled) => stepped(settled, "StopAsyncIteration")));
}

function stepped(step, ended) {
  if (step.done) throw new Ended(ended, step.value);
  return step.value;
}

/** The file to import: what the build made of a TypeScript file. */
function built(file) {
  if (!/\.[cm]?tsx?$/.test(file)) return file;
  const made = [`${file}.mjs`, `${file}.cjs`].find((name) => fs.existsSync(name));
  if (made === undefined && fs.existsSync(file)) throw new Unsayable("no answer: its TypeScript could not be compiled");
  return made ?? file;
}

/** Let the syntax decide, where Node would ask a package.json or cannot tell. */
function useLoader() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  const looks = major > 22 || (major === 22 && minor >= 7) || (major === 20 && minor >= 19);
  const files = fs.readdirSync(WORKSPACE, { recursive: true });
  if (looks && !files.some((file) => path.basename(file) === "package.json")) return;
  const { href } = pathToFileURL(path.join(__dirname, "javascript_loader.mjs"));
  Module.register(href, { data: pathToFileURL(WORKSPACE + path.sep).href });
  Module._extensions[".js"] = (module, file) => {
    module._compile(fs.readFileSync(file, "utf8").replace(/^\uFEFF/, ""), file);
  };
}

function main() {
  const entry = process.argv[2];
  process.argv.length = 1; // the candidate is nobody's main program
  if (/\.[cm]?tsx?$/.test(entry)) process.setSourceMapsEnabled(true);
  useLoader();
  const worker = new Worker(entry);
  process.on("uncaughtException", (error) => worker.crashed(error));
}

main();
