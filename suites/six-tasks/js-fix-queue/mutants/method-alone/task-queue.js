// Only the methods that changed.
// canary 3c7186b4-8be6-415b-a300-07df30ea73e3

  _bubbleUp(index) {
    while (index > 0) {
      const parent = Math.trunc((index - 1) / 2);
      if (!this._isBefore(this._heap[index], this._heap[parent])) return;
      this._swap(index, parent);
      index = parent;
    }
  }
