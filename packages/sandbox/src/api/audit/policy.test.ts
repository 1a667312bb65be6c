import { describe, expect, it } from "vitest";
import { decideAudit, type AuditedRequest, type AuditRule } from "./policy";

const user = { name: "ada", groups: ["devs", "system:authenticated"] };
const asked = (plural: string, rest: Partial<AuditedRequest["resource"]> = {}): AuditedRequest => ({
  user,
  verb: "get",
  path: `/api/v1/${plural}`,
  resource: { group: "", plural, subresource: "", namespace: "shop", name: "", ...rest },
});
const onPath = (path: string): AuditedRequest => ({ user, verb: "get", path, resource: undefined });

describe("a rule of an audit policy", () => {
  it.each<{ name: string; rule: Omit<AuditRule, "level">; request: AuditedRequest; matches: boolean }>([
    { name: "without limits", rule: {}, request: asked("pods"), matches: true },
    { name: "without limits, of a path", rule: {}, request: onPath("/healthz"), matches: true },
    { name: "of a user", rule: { users: ["ada"] }, request: asked("pods"), matches: true },
    { name: "of another user", rule: { users: ["bob"] }, request: asked("pods"), matches: false },
    {
      name: "of a user, where nobody is known",
      rule: { users: ["ada"] },
      request: { ...asked("pods"), user: undefined },
      matches: false,
    },
    { name: "of a group", rule: { userGroups: ["ops", "devs"] }, request: asked("pods"), matches: true },
    { name: "of another verb", rule: { verbs: ["list"] }, request: asked("pods"), matches: false },
    {
      name: "of a resource",
      rule: { resources: [{ group: "", resources: ["pods"] }] },
      request: asked("pods"),
      matches: true,
    },
    {
      name: "of a resource of another group",
      rule: { resources: [{ group: "apps", resources: ["pods"] }] },
      request: asked("pods"),
      matches: false,
    },
    { name: "of a whole group", rule: { resources: [{ group: "" }] }, request: asked("secrets"), matches: true },
    {
      name: "of a resource, not of what is below it",
      rule: { resources: [{ resources: ["pods"] }] },
      request: asked("pods", { subresource: "status" }),
      matches: false,
    },
    {
      name: "of one thing below",
      rule: { resources: [{ resources: ["pods/status"] }] },
      request: asked("pods", { subresource: "status" }),
      matches: true,
    },
    {
      name: "of all below",
      rule: { resources: [{ resources: ["pods/*"] }] },
      request: asked("pods", { subresource: "log" }),
      matches: true,
    },
    {
      name: "of all below, not of the thing itself",
      rule: { resources: [{ resources: ["pods/*"] }] },
      request: asked("pods"),
      matches: false,
    },
    {
      name: "of one thing below all",
      rule: { resources: [{ resources: ["*/scale"] }] },
      request: asked("pods", { subresource: "scale" }),
      matches: true,
    },
    {
      name: "of everything",
      rule: { resources: [{ resources: ["*"] }] },
      request: asked("pods", { subresource: "scale" }),
      matches: true,
    },
    {
      name: "of a name",
      rule: { resources: [{ resources: ["pods"], resourceNames: ["a"] }] },
      request: asked("pods", { name: "a" }),
      matches: true,
    },
    {
      name: "of another name",
      rule: { resources: [{ resources: ["pods"], resourceNames: ["a"] }] },
      request: asked("pods"),
      matches: false,
    },
    { name: "of a namespace", rule: { namespaces: ["shop"] }, request: asked("pods"), matches: true },
    { name: "of no namespace", rule: { namespaces: [""] }, request: asked("nodes", { namespace: "" }), matches: true },
    { name: "of a namespace, of a path", rule: { namespaces: ["shop"] }, request: onPath("/healthz"), matches: false },
    { name: "of a path", rule: { nonResourceURLs: ["/healthz*"] }, request: onPath("/healthz/ready"), matches: true },
    {
      name: "of another path",
      rule: { nonResourceURLs: ["/healthz"] },
      request: onPath("/healthz/ready"),
      matches: false,
    },
    { name: "of paths, of a resource", rule: { nonResourceURLs: ["*"] }, request: asked("pods"), matches: false },
  ])("$name: $matches", ({ rule, request, matches }) => {
    const decision = decideAudit({ rules: [{ level: "Request", ...rule }] }, request);
    expect(decision.level).toBe(matches ? "Request" : "None");
  });

  it("decides as the first that matches, and adds its own omitted stages to the policy's", () => {
    const rules: readonly AuditRule[] = [
      { level: "None", verbs: ["list"] },
      { level: "Metadata", omitStages: ["ResponseStarted"], omitManagedFields: false },
      { level: "RequestResponse" },
    ];
    const policy = { rules, omitStages: ["RequestReceived"] as const, omitManagedFields: true };
    expect(decideAudit(policy, asked("pods"))).toEqual({
      level: "Metadata",
      omitStages: ["RequestReceived", "ResponseStarted"],
      omitManagedFields: false,
    });
  });
});
