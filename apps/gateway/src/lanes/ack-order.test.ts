import { describe, expect, it } from "vitest";
import { createAckOrder } from "./ack-order";

describe("createAckOrder", () => {
  it("acknowledges nothing before all that came earlier is done", () => {
    const acknowledged: bigint[] = [];
    const order = createAckOrder((sequence) => acknowledged.push(sequence));
    const [first, second, third] = [1n, 2n, 3n].map((sequence) => order.begin(sequence));
    second?.();
    expect(acknowledged).toEqual([]);
    first?.();
    expect(acknowledged).toEqual([2n]);
    third?.();
    expect(acknowledged).toEqual([2n, 3n]);
  });
});
