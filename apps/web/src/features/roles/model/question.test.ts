import type { Permission } from "@isthmus/access";
import { expect, test } from "vitest";
import { missingPart, questionWords, resourceOf, type WhyQuestion } from "./question";

const ask = (permission: Permission, more: Partial<WhyQuestion> = {}): WhyQuestion => ({
  permission,
  clusterId: "",
  namespace: "",
  tier: "",
  ...more,
});

test.each([
  { question: ask("members.read"), resource: { kind: "organisation" }, missing: undefined },
  { question: ask("clusters.read"), resource: { kind: "cluster", clusterId: "" }, missing: "Choose a cluster." },
  {
    question: ask("clusters.read", { clusterId: "a" }),
    resource: { kind: "cluster", clusterId: "a" },
    missing: undefined,
  },
  {
    question: ask("flows.read", { clusterId: "a", namespace: "shop" }),
    resource: { kind: "place", clusterId: "a", namespace: "shop" },
    missing: undefined,
  },
  { question: ask("tiers.read"), resource: { kind: "tier", tier: "" }, missing: "Choose a tier." },
  {
    question: ask("policies.apply", { clusterId: "a" }),
    resource: { kind: "policy", tier: "", namespace: "", clusterIds: ["a"] },
    missing: "Choose a tier.",
  },
  {
    question: ask("policies.apply", { clusterId: "a", tier: "pci" }),
    resource: { kind: "policy", tier: "pci", namespace: "", clusterIds: ["a"] },
    missing: undefined,
  },
  {
    question: ask("policies.read", { tier: "pci" }),
    resource: { kind: "policy", tier: "pci", namespace: "", clusterIds: [] },
    missing: undefined,
  },
])("$question.permission", ({ question, resource, missing }) => {
  expect(missingPart(question)).toBe(missing);
  expect(resourceOf(question)).toEqual(resource);
});

test("the question is a sentence", () => {
  const names = { person: "Ben", self: false, organisation: "Acme", cluster: "eu-west" };
  const question = ask("policies.apply", { clusterId: "a", tier: "pci", namespace: "shop" });
  expect(questionWords(question, names)).toBe("Can Ben apply policies of tier pci, in namespace shop, at eu-west?");
  expect(questionWords(ask("audit.read"), { ...names, self: true })).toBe("Can I read the audit log in Acme?");
});
