import { expect, it } from "vitest";
import { inReadingOrder } from "./object-text";

it("writes an object as people do", () => {
  const body = {
    status: {},
    spec: { b: 1, a: 2 },
    metadata: { labels: {}, name: "x", uid: "u" },
    kind: "Pod",
    apiVersion: "v1",
  };
  expect(JSON.stringify(inReadingOrder(body))).toBe(
    '{"apiVersion":"v1","kind":"Pod","metadata":{"name":"x","uid":"u","labels":{}},"spec":{"a":2,"b":1},"status":{}}',
  );
  expect(inReadingOrder([{ b: null }, 1])).toEqual([{ b: null }, 1]);
});
