// Server-sent events through a pipeline: bytes, text, lines, and all events of one piece at a time.
// canary 8130b0dd-22a0-4a14-b0ef-e1fffd7b17cd

function lines() {
  let rest = "";
  let skip = false;
  return new TransformStream({
    transform(text, controller) {
      if (skip && text.startsWith("\n")) text = text.slice(1);
      else if (text === "") return;
      skip = text === "" ? false : text.endsWith("\r");
      const ended = (rest + text).split(/\r\n|\n|\r/);
      rest = ended.pop();
      controller.enqueue(ended);
    },
  });
}

function events(state) {
  let data = [];
  let type = "";
  let id = "";
  const fields = {
    __proto__: null,
    data: (value) => data.push(value),
    event: (value) => (type = value),
    id: (value) => (id = value.includes("\0") ? id : value),
    retry: (value) => (state.retry = /^[0-9]+$/.test(value) ? Number.parseInt(value, 10) : state.retry),
  };

  function take(line, given) {
    if (line !== "") {
      const [, name, value] = line.match(/^([^:]*)(?:: ?)?([^]*)$/);
      fields[name]?.(value);
      return;
    }
    if (data.length) given.push({ type: type || "message", data: data.join("\n"), lastEventId: id });
    state.lastEventId = id;
    data = [];
    type = "";
  }

  return new TransformStream({
    transform(ended, controller) {
      const given = [];
      for (const line of ended) take(line, given);
      if (given.length) controller.enqueue(given);
    },
  });
}

export class ServerSentEvents {
  #state = { lastEventId: "", retry: null, closed: false };
  #reader;

  constructor(stream) {
    this.#reader = stream
      .pipeThrough(new TextDecoderStream())
      .pipeThrough(lines())
      .pipeThrough(events(this.#state))
      .getReader();
  }

  get lastEventId() {
    return this.#state.lastEventId;
  }

  get retry() {
    return this.#state.retry;
  }

  close() {
    this.#state.closed = true;
    return this.#reader.cancel().catch(() => undefined);
  }

  async *[Symbol.asyncIterator]() {
    try {
      for (;;) {
        const { done, value } = await this.#reader.read();
        if (done) return;
        for (const event of value) {
          if (this.#state.closed) return;
          yield event;
        }
      }
    } finally {
      await this.close();
    }
  }
}
