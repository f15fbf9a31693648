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

/** Move the item that belongs at index target there, and return it. */
function select(work, target, compare) {
  let low = 0;
  let high = work.length - 1;
  while (low < high) {
    const chosen = Math.floor((low + high) / 2);
    const split = partition(work, low, high, chosen, compare);
    if (target < split) high = split - 1;
    else if (target > split) low = split + 1;
    else break;
  }
  return work[target];
}

/** Bring what is smaller than the chosen item before it; return where it ends up. */
function partition(work, low, high, chosen, compare) {
  [work[chosen], work[high]] = [work[high], work[chosen]];
  let split = low;
  for (let place = low; place < high; place += 1) {
    if (compare(work[place], work[high]) < 0) {
      [work[place], work[split]] = [work[split], work[place]];
      split += 1;
    }
  }
  [work[split], work[high]] = [work[high], work[split]];
  return split;
}
