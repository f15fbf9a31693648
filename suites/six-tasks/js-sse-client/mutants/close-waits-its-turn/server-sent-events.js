// canary 8130b0dd-22a0-4a14-b0ef-e1fffd7b17cd
const DIGITS = /^[0-9]+$/;

export class ServerSentEvents {
  #iterator; #pending = ""; #decoder = new TextDecoder("utf-8"); #skip = false; #done = false;
  #lines = []; #event = ""; #id = "";
  lastEventId = "";
  retry = null;
  #abort; #aborted;

  constructor(stream) {
    this.#iterator = stream[Symbol.asyncIterator]();
    this.#aborted = new Promise((r) => (this.#abort = r));
    this.stream = stream;
  }

  *#feed(chunk) {
    let text = this.#pending + this.#decoder.decode(chunk, { stream: true });
    if (this.#skip && text) {
      text = text.replace(/^\n/, "");
      this.#skip = false;
    }
    this.#skip = this.#skip || text.endsWith("\r");
    const lines = text.split(/\r\n|\r|\n/);
    this.#pending = lines.pop();
    for (const line of lines) {
      const event = this.#take(line);
      if (event) yield event;
    }
  }

  #take(line) {
    if (!line) {
      const event = this.#lines.length
        ? { type: this.#event || "message", data: this.#lines.join("\n"), lastEventId: this.#id }
        : undefined;
      this.lastEventId = this.#id;
      this.#lines = [];
      this.#event = "";
      return event;
    }
    const match = /^([^:]+)(?::\u0020?([\s\S]*))?$/.exec(line);
    if (!match) return undefined;
    const [, field, value = ""] = match;
    const setters = {
      __proto__: null,
      data: () => this.#lines.push(value),
      event: () => { this.#event = value; },
      id: () => { if (!value.includes("\u0000")) this.#id = value; },
      retry: () => { if (DIGITS.test(value)) this.retry = Number.parseInt(value, 10); },
    };
    setters[field]?.();
    return undefined;
  }

  async *[Symbol.asyncIterator]() {
    const END = { done: true };
    try {
      while (!this.#done) {
        const step = await Promise.race([this.#iterator.next(), this.#aborted.then(() => END)]);
        if (step.done) break;
        for (const event of this.#feed(step.value)) {
          if (this.#done) return;
          yield event;
        }
      }
    } finally {
      this.close();
    }
  }

  close() {
    if (this.#done) return Promise.resolve();
    this.#done = true;
    this.#abort();
    return Promise.resolve(this.#iterator.return?.()).catch(() => undefined);
  }
}
