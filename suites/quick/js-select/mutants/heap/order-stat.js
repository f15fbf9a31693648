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
  if (!count || k > count) throw new RangeError(`no rank ${k} among ${count} items`);
}

function natural(a, b) {
  if (a < b) return -1;
  return a > b ? 1 : 0;
}

/** Make a heap of all items, and take the smallest from it as often as need be. */
function select(work, target, compare) {
  for (let place = Math.floor(work.length / 2) - 1; place >= 0; place -= 1) sink(work, place, work.length, compare);
  let count = work.length;
  for (let taken = 0; taken < target; taken += 1) {
    count -= 1;
    [work[0], work[count]] = [work[count], work[0]];
    sink(work, 0, count, compare);
  }
  return work[0];
}

function sink(work, place, count, compare) {
  for (;;) {
    let least = place;
    for (const child of [2 * place + 1, 2 * place + 2]) {
      if (child < count && compare(work[child], work[least]) < 0) least = child;
    }
    if (least === place) return;
    [work[place], work[least]] = [work[least], work[place]];
    place = least;
  }
}
