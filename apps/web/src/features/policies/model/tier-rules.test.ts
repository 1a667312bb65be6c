import { describe, expect, it } from "vitest";
import { tierProblem } from "./tier-rules";

const existing = [{ name: "security", order: 100 }];
const rows = [
  { name: "a new tier", tier: { name: "boutique", order: 500 }, field: undefined },
  { name: "order zero", tier: { name: "first", order: 0 }, field: undefined },
  { name: "Calico's own tier", tier: { name: "default", order: 5 }, field: "name" },
  { name: "a name in use", tier: { name: "security", order: 5 }, field: "name" },
  { name: "no name", tier: { name: "", order: 5 }, field: "name" },
  { name: "a dot in the name", tier: { name: "a.b", order: 5 }, field: "name" },
  { name: "a name of Object's prototype is a name", tier: { name: "constructor", order: 5 }, field: undefined },
  { name: "an order in use", tier: { name: "boutique", order: 100 }, field: "order" },
  { name: "after the tier default", tier: { name: "boutique", order: 1_000_000 }, field: "order" },
];

describe("tierProblem", () => {
  it.each(rows)("$name", ({ tier, field }) => {
    expect(tierProblem(tier, existing)?.field).toBe(field);
  });
});
