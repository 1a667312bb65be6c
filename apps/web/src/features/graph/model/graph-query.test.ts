import { parseFilter } from "@isthmus/flow-filter";
import { describe, expect, it } from "vitest";
import { readGraphQuery } from "./graph-query";

describe("what an address of the graph asks for", () => {
  const rows = [
    { name: "nothing", text: "", expected: "" },
    { name: "a filter", text: "port = 443 or not has dest.workload", expected: "port = 443 or not has dest.workload" },
    { name: "a word", text: "cart", expected: "text = cart" },
    { name: "several words, all to be found", text: " Cart  6379 ", expected: "text = Cart and text = 6379" },
    { name: "a word that needs quotes", text: "a&b", expected: 'text = "a&b"' },
    { name: "a filter with a mistake, as it stands", text: "prt = 443", expected: "prt = 443" },
  ];
  it.each(rows)("$name", ({ text, expected }) => expect(readGraphQuery(text)).toBe(expected));

  it("is a filter where it is not one with a mistake", () => {
    expect(rows.slice(0, -1).map(({ expected }) => parseFilter(expected).ok)).not.toContain(false);
  });
});
