// canary c0a9d3e4-5b1e-4a66-9d0f-71b2f8e6a913
"use strict";

class NoSuchRank extends RangeError {}

function find(pool, k, compare) {
  const pivot = pool[Math.floor(pool.length / 2)];
  const smaller = pool.filter((item) => compare(item, pivot) < 0);
  if (k <= smaller.length) return find(smaller, k, compare);
  const larger = pool.filter((item) => compare(pivot, item) < 0);
  const upTo = pool.length - larger.length;
  return k > upTo ? find(larger, k - upTo, compare) : pivot;
}

module.exports = {
  kthSmallest(items, k, compare = (a, b) => (a < b ? -1 : Number(a > b))) {
    const pool = Array.from(items);
    if (!Number.isSafeInteger(k) || k <= 0 || k > pool.length) throw new NoSuchRank(`${k} of ${pool.length}`);
    return find(pool, k, compare);
  },
  kthLargest(items, k, compare = (a, b) => (a < b ? -1 : Number(a > b))) {
    return module.exports.kthSmallest(items, k, (a, b) => compare(b, a));
  },
};
