import { readAuditWebhook, type AuditWebhook } from "../api/audit/settings";
import { rangeOf } from "../controllers/address-pool";
import { numberOf, valueAt, type JsonObject } from "../json";
import type { CalicoApi, ClusterScenario, ScenarioObject } from "../scenario-types";
import { dnsLabel, list, optional, record, text, texts, within, wrong, type Place } from "./fields";
import { generate } from "./generate";
import { mostPods, readGenerate } from "./read-generate";
import { readLife } from "./read-life";
import { ordered, readManifest, type ManifestSource } from "./read-manifests";
import { readNodes, type Nodes } from "./read-nodes";

const fields = [
  "name",
  "podCidr",
  "serviceCidr",
  "nodes",
  "labels",
  "calicoApi",
  "auditWebhook",
  "manifests",
  "generate",
  "life",
];
const calicoApi = { is: /^(native|aggregated|crd-only)$/, cure: "give native, aggregated or crd-only" };
const podsOnNode = 110;
/** Nodes of a cluster that does not say how many: at least this many, and room for what it runs. */
const fewestNodes = 3;

/** What the clusters of a scenario share. */
export interface ClusterPlace {
  readonly place: Place;
  readonly index: number;
  readonly seed: number;
  readonly source: ManifestSource;
}

/** Reads one cluster of a scenario. */
export function readCluster({ place, index, seed, source }: ClusterPlace, value: unknown): ClusterScenario | undefined {
  const given = record(place, value, fields);
  if (given === undefined) return undefined;
  const name = text(within(place, "name"), given["name"], dnsLabel);
  if (name === undefined) return undefined;
  const podCidr = cidr(place, { from: given, field: "podCidr" }, `10.${(10 + 10 * index) % 110}.0.0/16`);
  const serviceCidr = cidr(place, { from: given, field: "serviceCidr" }, `10.${110 + ((10 * index) % 140)}.0.0/16`);
  const manifests = manifestsOf({ place, index, seed, source }, given);
  const pods = podsOf(manifests);
  const nodes =
    optional(place, { from: given, field: "nodes" }, (at, v) => readNodes(at, name, v)) ??
    readNodes(within(place, "nodes"), name, Math.max(fewestNodes, Math.ceil((pods * 1.1) / podsOnNode)));
  const api = optional(place, { from: given, field: "calicoApi" }, (at, v) => text(at, v, calicoApi));
  const auditWebhook = optional(place, { from: given, field: "auditWebhook" }, (at, v) =>
    auditOf(at, v, source.folder),
  );
  const life = optional(place, { from: given, field: "life" }, readLife);
  if (podCidr === undefined || serviceCidr === undefined || nodes === undefined) return undefined;
  checkRoom(place, { pods, nodes, podCidr });
  return {
    name,
    podCidr,
    serviceCidr,
    nodes: nodes.names,
    nodeSettings: nodes.settings,
    labels: optional(place, { from: given, field: "labels" }, texts) ?? {},
    manifests,
    // INVARIANT: the form admits nothing else.
    ...(api !== undefined && { calicoApi: api as CalicoApi }),
    ...(auditWebhook && { auditWebhook }),
    ...(life && { life }),
  };
}

function auditOf(place: Place, value: unknown, folder: string): AuditWebhook | undefined {
  try {
    return readAuditWebhook(value, folder);
  } catch (cause) {
    place.report(place.path, cause instanceof Error ? cause.message : String(cause));
    return undefined;
  }
}

function cidr(
  place: Place,
  { from, field }: { from: JsonObject; field: string },
  fallback: string,
): string | undefined {
  const value = from[field];
  if (value === undefined) return fallback;
  const form = { is: /^(\d{1,3}\.){3}\d{1,3}\/\d{1,2}$/, cure: "give an IPv4 range, as in 10.10.0.0/16" };
  const found = text(within(place, field), value, form);
  if (found === undefined) return undefined;
  try {
    rangeOf(found);
    return found;
  } catch {
    return wrong(within(place, field), value, form.cure);
  }
}

function manifestsOf({ place, index, seed, source }: ClusterPlace, given: JsonObject): readonly ScenarioObject[] {
  const written = optional(place, { from: given, field: "manifests" }, (at, v) =>
    list(at, v, (each, item) => readManifest(each, item, source)),
  );
  const wanted = optional(place, { from: given, field: "generate" }, readGenerate);
  const generated = wanted === undefined ? [] : generate(wanted, seed + index);
  return [...ordered((written ?? []).flat()), ...generated];
}

/** Pods that the manifests ask for, without those that run on each node. */
function podsOf(manifests: readonly ScenarioObject[]): number {
  return manifests.reduce((sum, object) => {
    if (object.kind === "Pod") return sum + 1;
    const replicated = object.kind === "Deployment" || object.kind === "StatefulSet" || object.kind === "ReplicaSet";
    return replicated ? sum + numberOf(valueAt(object, "spec", "replicas"), 1) : sum;
  }, 0);
}

function checkRoom(place: Place, { pods, nodes, podCidr }: { pods: number; nodes: Nodes; podCidr: string }): void {
  if (pods > mostPods)
    place.report(
      place.path,
      `asks for ${pods} pods: a sandbox cluster holds ${mostPods}; ask for fewer or add a cluster`,
    );
  const { size } = rangeOf(podCidr);
  if (pods > size - 2)
    place.report(`${place.path}.podCidr`, `${podCidr} has ${size - 2} addresses for ${pods} pods: give a wider range`);
  const room = nodes.names.reduce((sum, name) => sum + (nodes.settings[name]?.pods ?? podsOnNode), 0);
  if (pods > room)
    place.report(
      `${place.path}.nodes`,
      `take ${room} pods where ${pods} are asked for: give more nodes, or leave \`nodes\` out`,
    );
}
