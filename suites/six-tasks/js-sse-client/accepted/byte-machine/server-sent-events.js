// Server-sent events by a state machine over bytes; only whole lines are decoded.
// canary 8130b0dd-22a0-4a14-b0ef-e1fffd7b17cd

const LF = 0x0a;
const CR = 0x0d;
const BYTES = { start: 0, inLine: 1, afterCR: 2 };

class Machine {
  state = BYTES.start;
  line = [];
  first = true;
  data = [];
  type = "";
  id = "";

  constructor(source) {
    this.source = source;
  }

  /** Take one byte; return the event that it completes, if it does. */
  byte(byte) {
    const { state } = this;
    this.state = byte === CR ? BYTES.afterCR : BYTES.inLine;
    if (byte === LF && state === BYTES.afterCR) return null;
    if (byte !== LF && byte !== CR) {
      this.line.push(byte);
      return null;
    }
    let text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(Uint8Array.from(this.line));
    this.line.length = 0;
    if (this.first && text.startsWith("\ufeff")) text = text.substring(1);
    this.first = false;
    return text === "" ? this.blank() : this.field(text);
  }

  field(text) {
    let colon = text.indexOf(":");
    if (colon === -1) colon = text.length;
    const from = colon + (text[colon + 1] === " " ? 2 : 1);
    const value = text.substring(from);
    const actions = new Map([
      ["data", () => this.data.push(value)],
      ["event", () => (this.type = value)],
      ["id", () => value.includes("\0") || (this.id = value)],
      ["retry", () => [...value].every((c) => c >= "0" && c <= "9") && value && (this.source.retry = +value)],
    ]);
    actions.get(text.substring(0, colon))?.();
    return null;
  }

  blank() {
    this.source.lastEventId = this.id;
    const event = { type: this.type || "message", data: this.data.join("\n"), lastEventId: this.id };
    const complete = this.data.length > 0;
    this.data = [];
    this.type = "";
    return complete ? event : null;
  }
}

export class ServerSentEvents {
  lastEventId = "";
  retry = null;

  constructor(stream) {
    this.stream = stream;
    this.machine = new Machine(this);
    this.closing = new Promise((resolve) => {
      this.end = resolve;
    });
  }

  async close() {
    this.closed = true;
    this.end({ done: true });
    try {
      await (this.reader ?? this.stream).cancel();
    } catch {
      // it had failed before
    }
  }

  [Symbol.asyncIterator]() {
    const chunks = this.chunks();
    let chunk = new Uint8Array(0);
    let at = 0;
    const done = { done: true, value: undefined };
    return {
      next: async () => {
        for (;;) {
          if (this.closed) return done;
          while (at < chunk.length) {
            const event = this.machine.byte(chunk[at++]);
            if (event) return { done: false, value: event };
          }
          const step = await Promise.race([chunks.next(), this.closing]);
          if (step.done) return done;
          chunk = step.value;
          at = 0;
        }
      },
      return: async (value) => {
        await this.close();
        return { done: true, value };
      },
    };
  }

  async *chunks() {
    this.reader = this.stream.getReader();
    for (;;) {
      const { done, value } = await this.reader.read();
      if (done) return;
      yield value;
    }
  }
}
