import type { NodeSettings, NodeTaint } from "../scenario-types";
import { dnsLabel, list, optional, record, text, texts, whole, wrong, type Place } from "./fields";

const most = 1_000;
const zoneLabel = "topology.kubernetes.io/zone";
const quantity = { is: /^\d+(\.\d+)?(m|[KMGT]i?)?$/, cure: "give a Kubernetes quantity, as in 4 or 8Gi" };
const settingFields = ["labels", "pods", "cpu", "memory", "taints"];
const effects = ["NoSchedule", "PreferNoSchedule", "NoExecute"];

/** The nodes of a cluster: their names, and what single ones have for themselves. */
export interface Nodes {
  readonly names: readonly string[];
  readonly settings: Readonly<Record<string, NodeSettings>>;
}

/** Reads `nodes`: a number, a list of names and objects, or an object with a count. */
export function readNodes(place: Place, cluster: string, value: unknown): Nodes | undefined {
  const named = (count: number) => Array.from({ length: count }, (_, index) => `${cluster}-node-${index + 1}`);
  if (typeof value === "number") {
    const count = whole(place, value, { from: 1, to: most });
    return count === undefined ? undefined : { names: named(count), settings: {} };
  }
  if (!Array.isArray(value)) return readCounted(place, value, named);
  const read = list(place, value, readNode) ?? [];
  if (read.length === 0) return wrong(place, value, "give at least one node");
  const names = read.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) return wrong(place, twice, "each node needs a name of its own");
  return { names, settings: Object.fromEntries(read.map(({ name, settings }) => [name, settings])) };
}

function readCounted(place: Place, value: unknown, named: (count: number) => readonly string[]): Nodes | undefined {
  const given = record(place, value, ["count", "zones", ...settingFields]);
  if (given === undefined) return undefined;
  const count = optional(place, { from: given, field: "count" }, (at, v) => whole(at, v, { from: 1, to: most }));
  const zones = optional(place, { from: given, field: "zones" }, (at, v) =>
    list(at, v, (each, z) => text(each, z, dnsLabel)),
  );
  const { zones: _zones, count: _count, ...rest } = given;
  const settings = readSettings(place, rest);
  if (count === undefined) return given["count"] === undefined ? wrong(place, value, "give its `count`") : undefined;
  const names = named(count);
  const settingsOf = (index: number): NodeSettings => {
    const zone = zones?.[index % Math.max(1, zones.length)];
    const labels = { ...settings.labels, ...(zone === undefined ? {} : { [zoneLabel]: zone }) };
    return { ...settings, labels };
  };
  return { names, settings: Object.fromEntries(names.map((name, index) => [name, settingsOf(index)])) };
}

function readNode(place: Place, value: unknown): { name: string; settings: NodeSettings } | undefined {
  if (typeof value === "string") {
    const name = text(place, value, dnsLabel);
    return name === undefined ? undefined : { name, settings: {} };
  }
  const given = record(place, value, ["name", "zone", ...settingFields]);
  if (given === undefined) return undefined;
  const name = text({ ...place, path: `${place.path}.name` }, given["name"], dnsLabel);
  const zone = optional(place, { from: given, field: "zone" }, (at, v) => text(at, v, dnsLabel));
  const { name: _name, zone: _zone, ...rest } = given;
  const settings = readSettings(place, rest);
  const labels = { ...settings.labels, ...(zone === undefined ? {} : { [zoneLabel]: zone }) };
  return name === undefined ? undefined : { name, settings: { ...settings, labels } };
}

function readSettings(place: Place, from: Readonly<Record<string, unknown>>): NodeSettings {
  const labels = optional(place, { from, field: "labels" }, texts);
  const pods = optional(place, { from, field: "pods" }, (at, v) => whole(at, v, { from: 1, to: 10_000 }));
  const cpu = optional(place, { from, field: "cpu" }, (at, v) => text(at, String(v), quantity));
  const memory = optional(place, { from, field: "memory" }, (at, v) => text(at, String(v), quantity));
  const taints = optional(place, { from, field: "taints" }, (at, v) => list(at, v, readTaint));
  return {
    ...(labels && { labels }),
    ...(pods && { pods }),
    ...(cpu && { cpu }),
    ...(memory && { memory }),
    ...(taints && { taints }),
  };
}

function readTaint(place: Place, value: unknown): NodeTaint | undefined {
  const given = record(place, value, ["key", "value", "effect"]);
  if (given === undefined) return undefined;
  const { key, value: worth, effect } = given;
  if (typeof key !== "string" || key === "") return wrong({ ...place, path: `${place.path}.key` }, key, "give a text");
  if (typeof effect !== "string" || !effects.includes(effect))
    return wrong({ ...place, path: `${place.path}.effect` }, effect, `give one of ${effects.join(", ")}`);
  return { key, effect, ...(typeof worth === "string" ? { value: worth } : {}) };
}
