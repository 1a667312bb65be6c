import type { ObjectMeta } from "@isthmus/k8s";
import { describe, expect, it } from "vitest";
import { asServed } from "./as-served";

const stored = (kind: string, metadata: ObjectMeta, kept?: object, apiVersion = "crd.projectcalico.org/v1") =>
  asServed({
    apiVersion,
    kind,
    metadata: {
      ...metadata,
      ...(kept === undefined ? {} : { annotations: { "projectcalico.org/metadata": JSON.stringify(kept) } }),
    },
  }).metadata;

describe("an object of Calico's storage, as v3 shows it", () => {
  it.each([
    {
      name: "of the tier default",
      kind: "GlobalNetworkPolicy",
      is: "default.web",
      kept: { name: "web" },
      shown: "web",
    },
    { name: "without a note of its name", kind: "NetworkPolicy", is: "default.web", kept: undefined, shown: "web" },
    {
      name: "with the tier in its own name",
      kind: "NetworkPolicy",
      is: "default.web",
      kept: { name: "default.web" },
      shown: "default.web",
    },
    { name: "of another tier", kind: "NetworkPolicy", is: "team.web", kept: { name: "team.web" }, shown: "team.web" },
    { name: "without a tier", kind: "GlobalNetworkSet", is: "default.nets", kept: {}, shown: "default.nets" },
    {
      name: "that Kubernetes' policies are staged by",
      kind: "StagedKubernetesNetworkPolicy",
      is: "default.web",
      kept: undefined,
      shown: "default.web",
    },
  ])("has its name: one $name", ({ kind, is, kept, shown }) => {
    expect(stored(kind, { name: is }, kept).name).toBe(shown);
  });

  it("has the labels and annotations that Calico keeps beside it", () => {
    const kept = { name: "a", labels: { team: "x" }, annotations: { note: "y" } };
    const { labels, annotations } = stored("GlobalNetworkSet", { name: "a", labels: { own: "z" } }, kept);
    expect(labels).toEqual({ own: "z", team: "x" });
    expect(annotations).toMatchObject({ note: "y" });
  });

  it("is left alone where what is kept cannot be read, or v3 itself is served", () => {
    const broken = { "projectcalico.org/metadata": "{" };
    const metadata = { name: "default.a", annotations: broken };
    expect(asServed({ apiVersion: "crd.projectcalico.org/v1", kind: "GlobalNetworkSet", metadata }).metadata).toEqual(
      metadata,
    );
    expect(stored("NetworkPolicy", { name: "default.a" }, undefined, "projectcalico.org/v3").name).toBe("default.a");
  });
});
