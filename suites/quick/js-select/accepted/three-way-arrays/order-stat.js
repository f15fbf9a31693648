// canary c0a9d3e4-5b1e-4a66-9d0f-71b2f8e6a913
export const kthSmallest = (items, k, compare) => {
  const order = compare ?? ((a, b) => (a === b ? 0 : a < b ? -1 : 1));
  let pool = [...items];
  if (!(Number.isInteger(k) && 1 <= k && k <= pool.length)) throw new RangeError("rank out of range");
  for (;;) {
    const pivot = pool[Math.trunc(Math.random() * pool.length)];
    const below = [];
    const above = [];
    let equal = 0;
    for (const item of pool) {
      const sign = order(item, pivot);
      if (sign < 0) below.push(item);
      else if (sign > 0) above.push(item);
      else equal += 1;
    }
    if (k <= below.length) {
      pool = below;
    } else if (k <= below.length + equal) {
      return pivot;
    } else {
      k -= below.length + equal;
      pool = above;
    }
  }
};

export const kthLargest = (items, k, compare) => {
  const all = [...items];
  return kthSmallest(all, all.length - k + 1, compare);
};
