// canary 2e6b9f31-8045-4c2a-9d73-af1e4c68b502
type Order<T> = (a: T, b: T) => number;

export function add(a: number, b: number): number {
  return a + b;
}
export function total(numbers: number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}
export function smallest<T>(items: T[], compare: Order<T>): T {
  return items.reduce((found, item) => (compare(item, found) < 0 ? item : found));
}
export function relay(ask: () => string): string {
  return ask();
}
export async function later(ask: () => Promise<string>): Promise<string> {
  return await ask();
}
export class Counter {
  count = 0;
  up(): void {
    this.count += 1;
  }
}
