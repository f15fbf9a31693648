// canary 1d5a8e20-7f34-4b19-8c62-9e0d3b57a4f1
export function add(a, b) {
  return a + b;
}
export function total(numbers) {
  return numbers.reduce((sum, number) => sum + number, 0);
}
export function smallest(items, compare) {
  return items.reduce((found, item) => (compare(item, found) < 0 ? item : found));
}
export function relay(ask) {
  return ask();
}
export async function later(ask) {
  return await ask();
}
export class Counter {
  count = 0;
  up() {
    this.count += 1;
  }
}
