// Server-sent events out of a stream of bytes.
// canary 8130b0dd-22a0-4a14-b0ef-e1fffd7b17cd

export class ServerSentEvents {
  #reader;
  #closed = false;
  #carry = ""; // of a line that has not ended yet
  #data = [];
  #type = "";
  #id = "";
  #lastEventId = "";
  #retry = null;

  constructor(stream) {
    this.#reader = stream.getReader();
  }

  get lastEventId() {
    return this.#lastEventId;
  }

  get retry() {
    return this.#retry;
  }

  close() {
    this.#closed = true;
    this.#reader.cancel().catch(() => {});
  }

  async *[Symbol.asyncIterator]() {
    const decoder = new TextDecoder();
    try {
      while (!this.#closed) {
        const { done, value } = await this.#reader.read();
        if (done) return;
        for (const line of this.#lines(decoder.decode(value, { stream: true }))) {
          if (this.#closed) return;
          const event = this.#take(line);
          if (event) yield event;
        }
      }
    } finally {
      this.close();
    }
  }

  /** Yield the lines that end in this text; the rest is carried over to the next. */
  *#lines(text) {
    const lines = (this.#carry + text).split(/\r?\n/);
    this.#carry = lines.pop();
    yield* lines;
  }

  /** Take in one line; return the event that it ends, if it does. */
  #take(line) {
    if (line === "") return this.#dispatch();
    const colon = line.indexOf(":");
    if (colon === 0) return undefined;
    const name = colon < 0 ? line : line.slice(0, colon);
    let value = colon < 0 ? "" : line.slice(colon + 1);
    if (value.startsWith(" ")) value = value.slice(1);
    switch (name) {
      case "data":
        this.#data.push(value);
        break;
      case "event":
        this.#type = value;
        break;
      case "id":
        if (!value.includes("\0")) this.#id = value;
        break;
      case "retry":
        if (/^[0-9]+$/.test(value)) this.#retry = Number(value);
        break;
    }
    return undefined;
  }

  #dispatch() {
    const [data, type] = [this.#data, this.#type];
    this.#data = [];
    this.#type = "";
    this.#lastEventId = this.#id;
    if (data.length === 0) return undefined;
    return { type: type || "message", data: data.join("\n"), lastEventId: this.#id };
  }
}
