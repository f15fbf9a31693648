// canary c0a9d3e4-5b1e-4a66-9d0f-71b2f8e6a913
const swap = (list, a, b) => {
  const kept = list[a];
  list[a] = list[b];
  list[b] = kept;
};

class Selection {
  #work;
  #compare;

  constructor(items, compare) {
    this.#work = Array.from(items);
    this.#compare = compare ?? Selection.#ascending;
  }

  static #ascending(a, b) {
    return Number(a > b) - Number(a < b);
  }

  get size() {
    return this.#work.length;
  }

  at(rank, low = 0, high = this.size - 1) {
    if (low === high) return this.#work[low];
    const pivot = this.#pivot(low, high);
    let [first, here, last] = [low, low, high];
    while (here <= last) {
      const sign = Math.sign(this.#compare(this.#work[here], pivot));
      if (sign === 0) here += 1;
      else if (sign < 0) swap(this.#work, first++, here++);
      else swap(this.#work, here, last--);
    }
    if (rank < first) return this.at(rank, low, first - 1);
    return rank > last ? this.at(rank, last + 1, high) : pivot;
  }

  #pivot(low, high) {
    const [a, b, c] = [low, (low + high) >> 1, high].map((index) => this.#work[index]);
    if (this.#compare(a, b) < 0) {
      if (this.#compare(b, c) < 0) return b;
      return this.#compare(a, c) < 0 ? c : a;
    }
    if (this.#compare(a, c) < 0) return a;
    return this.#compare(b, c) < 0 ? c : b;
  }
}

function ranked(items, compare, k, place) {
  const selection = new Selection(items, compare);
  if (!Number.isInteger(k) || k < 1 || k > selection.size) {
    throw new RangeError(`k must be a whole number from 1 to ${selection.size}, not ${k}`);
  }
  return selection.at(place(selection.size));
}

export default { kthSmallest, kthLargest };

export function kthSmallest(items, k, compare) {
  return ranked(items, compare, k, () => k - 1);
}

export function kthLargest(items, k, compare) {
  return ranked(items, compare, k, (count) => count - k);
}
