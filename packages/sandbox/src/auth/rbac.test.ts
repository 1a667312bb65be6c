import { describe, expect, it } from "vitest";
import { covers, type Attributes, type Rule } from "./rbac";

const rule = (given: Partial<Rule>): Rule => ({
  verbs: ["get"],
  apiGroups: [""],
  resources: ["pods"],
  resourceNames: [],
  nonResourceURLs: [],
  ...given,
});
const asked = (given: Partial<Extract<Attributes, { kind: "resource" }>> = {}): Attributes => ({
  kind: "resource",
  verb: "get",
  group: "",
  resource: "pods",
  subresource: "",
  namespace: "default",
  name: "web",
  ...given,
});

describe("a rule", () => {
  const rows: readonly { name: string; rule: Rule; attributes: Attributes; expected: boolean }[] = [
    { name: "permits what it names", rule: rule({}), attributes: asked(), expected: true },
    { name: "permits no other verb", rule: rule({}), attributes: asked({ verb: "list" }), expected: false },
    { name: "permits no other group", rule: rule({}), attributes: asked({ group: "apps" }), expected: false },
    {
      name: "permits everything with stars",
      rule: rule({ verbs: ["*"], apiGroups: ["*"], resources: ["*"] }),
      attributes: asked({ verb: "delete", group: "x", subresource: "status" }),
      expected: true,
    },
    {
      name: "permits no subresource by its resource",
      rule: rule({}),
      attributes: asked({ subresource: "status" }),
      expected: false,
    },
    {
      name: "permits a named subresource",
      rule: rule({ resources: ["pods/status"] }),
      attributes: asked({ subresource: "status" }),
      expected: true,
    },
    {
      name: "permits a subresource of all resources",
      rule: rule({ resources: ["*/scale"] }),
      attributes: asked({ subresource: "scale" }),
      expected: true,
    },
    { name: "permits a name", rule: rule({ resourceNames: ["web"] }), attributes: asked(), expected: true },
    { name: "permits no other name", rule: rule({ resourceNames: ["api"] }), attributes: asked(), expected: false },
    {
      name: "permits no list by name",
      rule: rule({ resourceNames: ["web"], verbs: ["list"] }),
      attributes: asked({ verb: "list", name: "" }),
      expected: false,
    },
    {
      name: "permits a path by prefix",
      rule: rule({ nonResourceURLs: ["/api/*"] }),
      attributes: { kind: "path", verb: "get", path: "/api/v1" },
      expected: true,
    },
    {
      name: "permits no other path",
      rule: rule({ nonResourceURLs: ["/api"] }),
      attributes: { kind: "path", verb: "get", path: "/apis" },
      expected: false,
    },
  ];
  it.each(rows)("$name", (row) => expect(covers(row.rule, row.attributes)).toBe(row.expected));
});
