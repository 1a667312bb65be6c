import { objectsOf, stringOf, valueAt, type JsonObject } from "../json";
import type { KubeObject } from "../store/types";

/** A pod behind a service, with the ports that the service reaches it by. */
export interface Endpoint {
  readonly endpoint: JsonObject;
  readonly ports: readonly JsonObject[];
}

/** A slice as it shall be, and the object that it is now, where there is one. */
export interface Slice {
  readonly present: KubeObject | undefined;
  readonly ports: readonly JsonObject[];
  readonly endpoints: readonly JsonObject[];
}

const perSlice = 100;
const podOf = (endpoint: JsonObject): string => stringOf(valueAt(endpoint, "targetRef", "uid"));

interface Group {
  readonly ports: readonly JsonObject[];
  readonly left: Map<string, JsonObject>;
}

/**
 * Shares endpoints with the same ports among slices of at most 100. Each stays in the slice where it is, and new ones
 * fill the gaps: a change of one pod rewrites one slice, however many pods a service has.
 */
export function arrangeSlices(
  endpoints: readonly Endpoint[],
  { present, noPorts }: { readonly present: readonly KubeObject[]; readonly noPorts: readonly JsonObject[] },
): readonly Slice[] {
  if (endpoints.length === 0) return [{ present: present[0], ports: noPorts, endpoints: [] }];
  const groups = groupByPorts(endpoints);
  const spare: KubeObject[] = [];
  const slices: { present: KubeObject | undefined; group: Group; endpoints: JsonObject[] }[] = [];
  for (const slice of present) {
    const group = groups.get(JSON.stringify(slice["ports"]));
    const kept = group === undefined ? [] : taken(group, slice);
    if (group === undefined || kept.length === 0) spare.push(slice);
    else slices.push({ present: slice, group, endpoints: kept });
  }
  for (const group of groups.values()) {
    const left = [...group.left.values()];
    for (const slice of slices.filter((each) => each.group === group))
      slice.endpoints.push(...left.splice(0, perSlice - slice.endpoints.length));
    for (let at = 0; at < left.length; at += perSlice)
      slices.push({ present: spare.shift(), group, endpoints: left.slice(at, at + perSlice) });
  }
  return slices.map((slice) => ({ present: slice.present, ports: slice.group.ports, endpoints: slice.endpoints }));
}

function groupByPorts(endpoints: readonly Endpoint[]): ReadonlyMap<string, Group> {
  const groups = new Map<string, Group>();
  for (const { endpoint, ports } of endpoints) {
    const key = JSON.stringify(ports);
    const group = groups.get(key) ?? { ports, left: new Map<string, JsonObject>() };
    groups.set(key, group);
    group.left.set(podOf(endpoint), endpoint);
  }
  return groups;
}

/** Takes out of a group what a slice holds already, as it is now. */
function taken({ left }: Group, slice: KubeObject): JsonObject[] {
  return objectsOf(slice["endpoints"]).flatMap((before): JsonObject[] => {
    const now = left.get(podOf(before));
    left.delete(podOf(before));
    return now === undefined ? [] : [now];
  });
}
