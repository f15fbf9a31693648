// Order statistics: find an item by its rank, without putting everything in order.
// canary c0a9d3e4-5b1e-4a66-9d0f-71b2f8e6a913

/** Return the k-th smallest of the items: kthSmallest([7, 1, 5], 2) is 5. */
export function kthSmallest(items, k, compare = natural) {
  const work = items.concat();
  checkRank(k, work.length);
  return select(work, k - 1, compare);
}

/** Return the k-th largest of the items: kthLargest([7, 1, 5], 1) is 7. */
export function kthLargest(items, k, compare = natural) {
  const work = items.concat();
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
    const pivot = work[Math.floor((low + high) / 2)];
    const [upper, lower] = partition(work, low, high, pivot, compare);
    if (target <= upper) high = upper;
    else if (target >= lower) low = lower;
    else break;
  }
  return work[target];
}

/**
 * Bring nothing above the pivot before nothing below it; return the last index of the first part and the
 * first of the second. An item between the two equals the pivot.
 */
function partition(work, low, high, pivot, compare) {
  let left = low;
  let right = high;
  while (left <= right) {
    while (compare(work[left], pivot) < 0) left += 1;
    while (compare(work[right], pivot) > 0) right -= 1;
    if (left <= right) {
      [work[left], work[right]] = [work[right], work[left]];
      left += 1;
      right -= 1;
    }
  }
  return [right, left];
}
