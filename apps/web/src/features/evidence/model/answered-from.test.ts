import { describe, expect, it } from "vitest";
import { answeredFrom } from "./answered-from";

const hourMs = 3_600_000;

describe("what a page answers from", () => {
  const rows = [
    { name: "the overview", path: "/", from: ["flows", "edges"] },
    { name: "flows", path: "/flows", from: ["flows"] },
    { name: "one flow", path: "/flows/abc", from: ["flows"] },
    { name: "policies, with bars of flows", path: "/policies", from: ["flows", "hits"] },
    { name: "one policy", path: "/policies/abc", from: ["flows", "hits"] },
    { name: "a page of another name", path: "/policies-of-old", from: ["flows"] },
    { name: "clusters", path: "/clusters/west", from: ["flows"] },
    { name: "the graph", path: "/graph", from: ["edges"] },
    { name: "the graph, filtered by what edges tell", path: "/graph", q: "namespace = shop", from: ["edges"] },
    {
      name: "the graph, filtered by what flows tell",
      path: "/graph",
      q: "policy = deny-all",
      from: ["flows", "edges"],
    },
    {
      name: "the same over a range that is too long for flows",
      path: "/graph",
      q: "policy = deny-all",
      rangeMs: 7 * hourMs,
      from: ["edges"],
    },
    { name: "the graph with words of an old address", path: "/graph", q: "cart pay", from: ["flows", "edges"] },
  ];
  it.each(rows)("$name: $from", ({ path, q = "", rangeMs = hourMs, from }) => {
    expect(answeredFrom({ path, q, rangeMs })).toEqual(from);
  });
});
