import type { Endpoint } from "../evaluate/endpoint";
import type { World } from "../evaluate/world";
import { indexWorld, type PolicyIndex } from "./policy-index";

/** Endpoints that no policy tells apart: the first of them stands for all. */
export interface EndpointClass {
  /** Place among the classes, from 0. */
  readonly index: number;
  /** At least one, in the order of the world. */
  readonly endpoints: readonly [Endpoint, ...Endpoint[]];
}

/** All endpoints of a cluster, pods before host endpoints, in classes, in the order of their first endpoints. */
export interface EndpointClasses {
  readonly classes: readonly EndpointClass[];
  /** The class of an endpoint; undefined where it is not one of the cluster. */
  readonly classOf: (endpoint: Endpoint) => EndpointClass | undefined;
}

function group(endpoints: Iterable<Endpoint>, keyOf: (endpoint: Endpoint) => string): EndpointClasses {
  const byKey = new Map<string, { readonly index: number; readonly endpoints: [Endpoint, ...Endpoint[]] }>();
  const ofEndpoint = new Map<Endpoint, EndpointClass>();
  for (const endpoint of endpoints) {
    const key = keyOf(endpoint);
    let found = byKey.get(key);
    if (found) found.endpoints.push(endpoint);
    else byKey.set(key, (found = { index: byKey.size, endpoints: [endpoint] }));
    ofEndpoint.set(endpoint, found);
  }
  return { classes: [...byKey.values()], classOf: (endpoint) => ofEndpoint.get(endpoint) };
}

/** The classes of the endpoints of an index, as of now. */
export const endpointClasses = (index: PolicyIndex): EndpointClasses =>
  group(index.endpoints(), (endpoint) => index.classKeyOf(endpoint));

/**
 * The classes of a world's endpoints: two endpoints of a class get the same verdict for the same packet, and packets to
 * and from their addresses (the first for the first, and so on) get the same verdict anywhere. Where the world was put
 * together by hand, every endpoint is a class of its own.
 */
export function classifyEndpoints(world: World): EndpointClasses {
  const index = indexWorld(world);
  if (index) return endpointClasses(index);
  const endpoints: readonly Endpoint[] = [...world.endpoints, ...world.hostEndpoints];
  const own = new Map(endpoints.map((endpoint, at) => [endpoint, String(at)]));
  return group(endpoints, (endpoint) => own.get(endpoint) ?? "");
}
