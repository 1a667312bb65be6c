import { describe, expect, it } from "vitest";
import { describeScope } from "./index";
import { ids, MESH, scoped, selector } from "./testing/subjects";

const rows = [
  { limits: {}, text: "everywhere" },
  { limits: ids("c-west"), text: "cluster `eu-west`" },
  { limits: ids("c-west", "c-gone"), text: "clusters `eu-west`, a cluster that is not there" },
  { limits: ids(), text: "no cluster" },
  { limits: selector("env == 'prod' && has(region)"), text: 'clusters where env is "prod" and has label region' },
  { limits: selector("all()"), text: "every cluster, by a selector" },
  { limits: selector("env =="), text: "no cluster, since the selector `env ==` cannot be read" },
  { limits: selector(""), text: "no cluster, since the selector is blank" },
  { limits: { namespaces: ["shop"] }, text: "every cluster, namespace `shop`" },
  { limits: { tiers: [] }, text: "every cluster, no tier" },
  {
    limits: { ...ids("c-east"), namespaces: ["a", "b"], tiers: ["edge"] },
    text: "cluster `us-east`, namespaces `a`, `b`, tier `edge`",
  },
] as const;

describe("a scope in words", () => {
  it.each(rows)("$text", ({ limits, text }) => {
    expect(describeScope(scoped(limits), MESH)).toBe(text);
  });
});
