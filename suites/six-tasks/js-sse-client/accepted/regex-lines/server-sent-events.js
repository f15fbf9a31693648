// Server-sent events, whole blocks found by a regular expression in the text read so far.
// canary 8130b0dd-22a0-4a14-b0ef-e1fffd7b17cd

const LINE = /([^\r\n]*)(\r\n|\n|\r)/y;

export class ServerSentEvents {
  #stream;
  #reader = null;
  #closed = false;
  #id = "";
  #retry = null;

  constructor(stream) {
    this.#stream = stream;
  }

  get lastEventId() {
    return this.#id;
  }

  get retry() {
    return this.#retry;
  }

  close() {
    this.#closed = true;
    const target = this.#reader ?? this.#stream;
    void target.cancel().catch(() => null);
  }

  async *[Symbol.asyncIterator]() {
    try {
      for await (const block of this.#blocks()) {
        const event = this.#event(block);
        if (this.#closed) return;
        if (event !== null) yield event;
      }
    } finally {
      this.close();
    }
  }

  /** Yield the lines of each block; those of one that has no blank line yet are kept as text. */
  async *#blocks() {
    let block = [];
    for await (const line of this.#lines()) {
      if (/^retry: ?[0-9]+$/.test(line)) this.#retry = Number(line.replace(/^retry: ?/, ""));
      if (line !== "") {
        block.push(line);
      } else {
        yield block;
        block = [];
      }
    }
  }

  async *#lines() {
    const decoder = new TextDecoder();
    let pending = "";
    let carriage = false;
    this.#reader = this.#closed ? null : this.#stream.getReader();
    while (!this.#closed) {
      const { value, done } = await this.#reader.read();
      if (done) return;
      let fresh = decoder.decode(value, { stream: true });
      if (fresh === "") continue;
      if (carriage && fresh[0] === "\n") fresh = fresh.slice(1);
      carriage = fresh.endsWith("\r");
      const text = pending + fresh;
      let from = 0;
      LINE.lastIndex = 0;
      for (let found; (found = LINE.exec(text)) !== null; LINE.lastIndex = from) {
        from = LINE.lastIndex;
        yield found[1];
      }
      pending = text.slice(from);
    }
  }

  #event(block) {
    const values = (wanted) =>
      block
        .filter((line) => line === wanted || line.startsWith(`${wanted}:`))
        .map((line) => line.slice(wanted.length + 1).replace(/^ /, ""));
    const id = values("id").findLast((value) => !value.includes("\0"));
    if (id !== undefined) this.#id = id;
    const data = values("data");
    if (data.length === 0) return null;
    const type = values("event").at(-1) || "message";
    return { type, data: data.join("\n"), lastEventId: this.#id };
  }
}
