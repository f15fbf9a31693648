// Order statistics: find an item by its rank, without putting everything in order.
// canary c0a9d3e4-5b1e-4a66-9d0f-71b2f8e6a913

/** Return the k-th smallest of the items: kthSmallest([7, 1, 5], 2) is 5. */
export function kthSmallest(items, k, compare = natural) {
  const work = Array.from(items);
  checkRank(k, work.length);
  return select(work, k - 1, compare);
}

/** Return the k-th largest of the items: kthLargest([7, 1, 5], 1) is 7. */
export function kthLargest(items, k, compare = natural) {
  const work = Array.from(items);
  checkRank(k, work.length);
  return select(work, work.length - k, compare);
}

function checkRank(k, count) {
  if (!Number.isInteger(k) || k < 1 || k > count) throw new RangeError(`no rank ${k} among ${count} items`);
}

function natural(a, b) {
  if (a < b) return -1;
  return a > b ? 1 : 0;
}

/** Put each item in its place among those before it. */
function select(work, target, compare) {
  for (let next = 1; next < work.length; next += 1) {
    const item = work[next];
    let place = next;
    for (; place > 0 && compare(work[place - 1], item) > 0; place -= 1) work[place] = work[place - 1];
    work[place] = item;
  }
  return work[target];
}
