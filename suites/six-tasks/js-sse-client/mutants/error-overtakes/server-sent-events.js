// Server-sent events out of a stream of bytes.
// canary 8130b0dd-22a0-4a14-b0ef-e1fffd7b17cd

export class ServerSentEvents {
  #stream;
  #reader;
  #closed = false;
  #carry = ""; // of a line that has not ended yet
  #afterCR = false;
  #data = [];
  #type = "";
  #id = "";
  #lastEventId = "";
  #retry = null;

  constructor(stream) {
    this.#stream = stream;
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
    const lines = new TransformStream({
      transform: (text, controller) => [...this.#lines(text)].forEach((line) => controller.enqueue(line)),
    });
    const events = new TransformStream({
      transform: (line, controller) => {
        const event = this.#take(line);
        if (event) controller.enqueue(event);
      },
    });
    this.#reader.releaseLock();
    this.#reader = this.#stream.pipeThrough(new TextDecoderStream()).pipeThrough(lines).pipeThrough(events).getReader();
    try {
      while (!this.#closed) {
        const { done, value } = await this.#reader.read();
        if (done || this.#closed) return;
        yield value;
      }
    } finally {
      this.close();
    }
  }

  /** Yield the lines that end in this text; the rest is carried over to the next. */
  *#lines(text) {
    let start = 0;
    for (let at = 0; at < text.length; at += 1) {
      const character = text[at];
      if (character === "\n" && this.#afterCR) {
        start = at + 1;
      } else if (character === "\n" || character === "\r") {
        const line = this.#carry + text.slice(start, at);
        this.#carry = "";
        start = at + 1;
        this.#afterCR = character === "\r";
        yield line;
        continue;
      }
      this.#afterCR = false;
    }
    this.#carry += text.slice(start);
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
