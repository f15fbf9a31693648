// Server-sent events, read ahead from the start into a queue that the iteration empties.
// canary 8130b0dd-22a0-4a14-b0ef-e1fffd7b17cd

export class ServerSentEvents {
  constructor(stream) {
    this.lastEventId = "";
    this.retry = null;
    this._reader = stream.getReader();
    this._decoder = new TextDecoder("utf-8");
    this._text = "";
    this._skipLineFeed = false;
    this._fields = { data: null, type: "", id: "" };
    this._queue = []; // of functions that settle a promise
    this._waiting = null;
    this._over = false;
    this._pump();
  }

  _pump() {
    this._reader.read().then(
      ({ done, value }) => {
        if (this._over) return;
        if (done) {
          this._finish((waiting) => waiting.resolve({ done: true, value: undefined }));
          return;
        }
        this._feed(this._decoder.decode(value, { stream: true }));
        setTimeout(() => this._pump(), 0);
      },
      (error) => this._finish((waiting) => waiting.reject(error)),
    );
  }

  _feed(text) {
    for (const character of text) {
      if (this._skipLineFeed && character === "\n") {
        this._skipLineFeed = false;
        continue;
      }
      this._skipLineFeed = character === "\r";
      if (character !== "\r" && character !== "\n") {
        this._text += character;
        continue;
      }
      const line = this._text;
      this._text = "";
      if (line) this._field(line);
      else this._dispatch();
    }
  }

  _field(line) {
    const [, name, , value = ""] = /^([^:]*)(: ?(.*))?$/s.exec(line);
    if (name === "data") this._fields.data = this._fields.data === null ? value : `${this._fields.data}\n${value}`;
    else if (name === "event") this._fields.type = value;
    else if (name === "id" && value.indexOf("\u0000") === -1) this._fields.id = value;
    else if (name === "retry" && /^\d+$/.test(value)) this.retry = parseInt(value, 10);
  }

  _dispatch() {
    const { data, type, id } = this._fields;
    this.lastEventId = id;
    this._fields = { data: null, type: "", id };
    if (data === null) return;
    const value = Object.freeze({ type: type === "" ? "message" : type, data, lastEventId: id });
    this._settle((waiting) => waiting.resolve({ done: false, value }));
  }

  _settle(how) {
    if (this._waiting) {
      const waiting = this._waiting;
      this._waiting = null;
      how(waiting);
    } else {
      this._queue.push(how);
    }
  }

  _finish(how) {
    if (this._over) return;
    this._over = true;
    this._settle(how);
  }

  close() {
    if (!this._over) this._reader.cancel().then(undefined, () => {});
    this._over = true;
    this._queue = [];
    if (this._waiting) this._settle((waiting) => waiting.resolve({ done: true, value: undefined }));
  }

  next() {
    return new Promise((resolve, reject) => {
      const how = this._queue.shift();
      if (how) how({ resolve, reject });
      else if (this._over) resolve({ done: true, value: undefined });
      else this._waiting = { resolve, reject };
    });
  }

  return(value) {
    this.close();
    return Promise.resolve({ done: true, value });
  }

  [Symbol.asyncIterator]() {
    return this;
  }
}
