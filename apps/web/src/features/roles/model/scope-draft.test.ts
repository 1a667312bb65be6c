import { EVERYWHERE } from "@isthmus/access";
import { describe, expect, test } from "vitest";
import { clustersReached, namesIn, openDraft, readScopeDraft, type ScopeDraft } from "./scope-draft";

const clusters = [
  { id: "a", name: "eu-west", labels: { region: "eu" } },
  { id: "b", name: "us-east", labels: { region: "us" } },
];

test("a draft without limits is everything", () => {
  expect(readScopeDraft(openDraft)).toEqual({ scope: EVERYWHERE, problems: {} });
});

test("names are read apart by commas and spaces, each once", () => {
  expect(namesIn(" boutique, shop  boutique,\npay")).toEqual(["boutique", "shop", "pay"]);
});

test("every part that is limited is kept", () => {
  const draft: ScopeDraft = {
    ...openDraft,
    clusters: "selector",
    selector: ' region == "eu" ',
    someNamespaces: true,
    namespaces: "shop",
    someTiers: true,
    tiers: "pci, dns",
  };
  expect(readScopeDraft(draft).scope).toEqual({
    clusters: { kind: "selector", selector: 'region == "eu"' },
    namespaces: ["shop"],
    tiers: ["pci", "dns"],
  });
});

const wrong: readonly { readonly name: string; readonly draft: Partial<ScopeDraft>; readonly part: string }[] = [
  { name: "no cluster chosen", draft: { clusters: "ids" }, part: "clusters" },
  { name: "blank selector", draft: { clusters: "selector", selector: " " }, part: "clusters" },
  { name: "unreadable selector", draft: { clusters: "selector", selector: "region ==" }, part: "clusters" },
  { name: "no namespace named", draft: { someNamespaces: true, namespaces: " , " }, part: "namespaces" },
  { name: "a namespace that is no name", draft: { someNamespaces: true, namespaces: "Shop" }, part: "namespaces" },
  { name: "no tier named", draft: { someTiers: true }, part: "tiers" },
];

test.each(wrong)("$name is a problem and gives no scope", ({ draft, part }) => {
  const read = readScopeDraft({ ...openDraft, ...draft });
  expect(read.scope).toBeUndefined();
  expect(Object.keys(read.problems)).toEqual([part]);
});

test("what is typed under a kind that is not chosen does no harm", () => {
  expect(readScopeDraft({ ...openDraft, selector: "((", namespaces: "NO", tiers: "NO" }).scope).toEqual(EVERYWHERE);
});

describe("clusters reached", () => {
  const reached = (draft: Partial<ScopeDraft>) =>
    clustersReached({ ...openDraft, ...draft }, clusters)?.map(({ name }) => name);
  test("all, chosen, and by labels or name", () => {
    expect(reached({})).toEqual(["eu-west", "us-east"]);
    expect(reached({ clusters: "ids", clusterIds: ["b"] })).toEqual(["us-east"]);
    expect(reached({ clusters: "selector", selector: 'region == "eu"' })).toEqual(["eu-west"]);
    expect(reached({ clusters: "selector", selector: 'name == "us-east"' })).toEqual(["us-east"]);
    expect(reached({ clusters: "selector", selector: 'region == "mars"' })).toEqual([]);
  });
  test("a selector that cannot be read reaches nothing known", () => {
    expect(reached({ clusters: "selector", selector: "region ==" })).toBeUndefined();
  });
});
