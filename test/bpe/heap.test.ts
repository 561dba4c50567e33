import { describe, expect, it } from "vitest";
import { Heap } from "../../lib/bpe/heap.ts";

describe("the heap", () => {
  it("returns numbers in order, also if pushes and pops alternate", () => {
    const heap = new Heap<number>((a, b) => a < b);
    expect(heap.pop()).toBeUndefined();
    for (const item of [5, 3, 8, 3, 1]) heap.push(item);
    expect([heap.pop(), heap.pop()]).toEqual([1, 3]);
    for (const item of [0, 9, 4]) heap.push(item);
    expect(Array.from({ length: 7 }, () => heap.pop())).toEqual([0, 3, 4, 5, 8, 9, undefined]);
  });
});
