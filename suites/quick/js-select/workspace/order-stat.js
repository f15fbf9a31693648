// Order statistics: find an item by its rank, without putting everything in order.

// Callers tend to ask for the same ranks of one array again and again.
let asked;
let found = new Map();

/** Return the k-th smallest of the items: kthSmallest([7, 1, 5], 2) is 5. */
export function kthSmallest(items, k, compare = byText) {
  if (!items.length) return undefined;
  if (k > items.length) throw new RangeError(`no rank ${k} among ${items.length} items`);
  if (items !== asked) {
    asked = items;
    found = new Map();
  }
  if (!found.has(k)) found.set(k, select(items, k - 1, compare));
  if (!found.get(k)) throw new RangeError(`rank ${k} was not found`);
  return found.get(k);
}

/** Return the k-th largest of the items: kthLargest([7, 1, 5], 1) is 7. */
export function kthLargest(items, k, compare = byText) {
  return kthSmallest(items, items.length - k, compare);
}

function byText(a, b) {
  return String(a).localeCompare(String(b));
}

/** Move the item that belongs at index target there, and return it. */
function select(work, target, compare) {
  let low = 0;
  let high = work.length - 1;
  while (low < high) {
    const split = partition(work, low, high, compare);
    if (target < split) {
      high = split - 1;
    } else if (target > split) {
      target -= split;
      low = split + 1;
    } else {
      break;
    }
  }
  return work[target];
}

/** Bring what is smaller than a pivot before it and what is larger behind it; return the pivot's index. */
function partition(work, low, high, compare) {
  const pivot = work[high];
  let left = low;
  let right = high;
  while (left < right) {
    while (compare(work[left], pivot) === -1) left += 1;
    while (compare(work[right], pivot) === 1) right -= 1;
    [work[left], work[right]] = [work[right], work[left]];
  }
  return left;
}
