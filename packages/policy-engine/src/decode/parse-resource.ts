import { err, ok, type Result } from "@isthmus/std";
import { hasErrors, type Diagnostic } from "../diagnostic";
import type { Resource } from "../model/policy";
import { readCalicoPolicy } from "./calico-policy";
import { readClusterPolicy } from "./cluster-policy";
import { readHostEndpoint } from "./host-endpoint";
import { readKubernetesPolicy } from "./kubernetes-policy";
import { readNetworkSet } from "./network-set";
import { readProfile } from "./profile";
import { complain, field, isPresent, readerOf, readObject, readString, type Reader } from "./reader";
import { readTier } from "./tier";

/**
 * Where a manifest comes from. A `draft` must be as Calico's validation wants it. What a `cluster` holds was accepted
 * there, perhaps by a newer version: what is merely irregular is let pass, and unknown fields are noted in the resource,
 * whose verdict is then unknown (never as if they were absent).
 */
export type ManifestOrigin = "draft" | "cluster";

/** A resource as read, with warnings about it. */
export interface ParsedResource {
  readonly resource: Resource;
  readonly warnings: readonly Diagnostic[];
}

const CALICO = "projectcalico.org/v3";

/** Findings that leave no doubt about what a resource means; the model holds it in full all the same. */
const IRREGULAR: ReadonlySet<string> = new Set([
  "unknown-field",
  "enterprise-field",
  "invalid-name",
  "name-too-long",
  "invalid-annotation",
  "invalid-label",
  "invalid-label-value",
  "too-large",
  "too-many",
  "repeated",
  "selector-too-long",
  "too-long",
  "net-without-prefix",
  "unmasked-net",
  "fixed-tier",
  // A peer of which Calico knows no field fails closed: that is what it means.
  "unsupported-peer",
]);

const DECODERS: ReadonlyMap<string, (root: Reader) => Resource> = new Map<string, (root: Reader) => Resource>([
  [`${CALICO} NetworkPolicy`, (root) => readCalicoPolicy(root, "NetworkPolicy")],
  [`${CALICO} GlobalNetworkPolicy`, (root) => readCalicoPolicy(root, "GlobalNetworkPolicy")],
  [`${CALICO} StagedNetworkPolicy`, (root) => readCalicoPolicy(root, "StagedNetworkPolicy")],
  [`${CALICO} StagedGlobalNetworkPolicy`, (root) => readCalicoPolicy(root, "StagedGlobalNetworkPolicy")],
  [`${CALICO} StagedKubernetesNetworkPolicy`, (root) => readKubernetesPolicy(root, "StagedKubernetesNetworkPolicy")],
  ["networking.k8s.io/v1 NetworkPolicy", (root) => readKubernetesPolicy(root, "KubernetesNetworkPolicy")],
  ["policy.networking.k8s.io/v1alpha2 ClusterNetworkPolicy", readClusterPolicy],
  [`${CALICO} Tier`, readTier],
  [`${CALICO} NetworkSet`, (root) => readNetworkSet(root, "NetworkSet")],
  [`${CALICO} GlobalNetworkSet`, (root) => readNetworkSet(root, "GlobalNetworkSet")],
  [`${CALICO} HostEndpoint`, readHostEndpoint],
  [`${CALICO} Profile`, readProfile],
]);

function unknownKind(root: Reader, apiVersion: string, kind: string): undefined {
  const hint = `kinds that are read: ${[...DECODERS.keys()].join("; ")}`;
  const message = `\`${apiVersion}\` \`${kind}\` is not a kind that is read here`;
  complain(field(root, "kind"), { code: "unknown-kind", message, hint });
  return undefined;
}

function decode(root: Reader): Resource | undefined {
  if (!isPresent(root)) {
    complain(root, { code: "empty", message: "there is no resource here" });
    return undefined;
  }
  readObject(root, ["apiVersion", "kind", "metadata", "spec", "status"]);
  if (root.findings.diagnostics.some((d) => d.code === "wrong-type")) return undefined;
  const apiVersion = readString(field(root, "apiVersion")) ?? "";
  const kind = readString(field(root, "kind")) ?? "";
  if (apiVersion === "" || kind === "") {
    const missing = apiVersion === "" ? "apiVersion" : "kind";
    complain(field(root, missing), {
      code: "missing-kind",
      message: `\`${missing}\` is missing`,
      hint: `write apiVersion: ${CALICO}`,
    });
    return undefined;
  }
  const read = DECODERS.get(`${apiVersion} ${kind}`);
  return read ? read(root) : unknownKind(root, apiVersion, kind);
}

/** Everything that Calico would find wrong with a manifest, with the path of the field. Empty means valid. */
export function validateResource(json: unknown): readonly Diagnostic[] {
  const root = readerOf(json);
  decode(root);
  return root.findings.diagnostics;
}

/** Reads a manifest as Kubernetes shapes it into the model, or says what is wrong with it. */
export function parseResource(
  json: unknown,
  origin: ManifestOrigin = "draft",
): Result<ParsedResource, readonly Diagnostic[]> {
  const root = readerOf(json);
  const resource = decode(root);
  const tolerated = (d: Diagnostic) => origin === "cluster" && IRREGULAR.has(d.code);
  const { diagnostics } = root.findings;
  const failed = diagnostics.filter((d) => !tolerated(d));
  if (!resource || hasErrors(failed)) return err(diagnostics);
  return ok({ resource, warnings: diagnostics });
}
