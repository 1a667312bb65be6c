import { field, readInteger, readList, readString, readStringMap, type Reader } from "../decode/reader";
import type { WorldPod, WorldService } from "../evaluate/world-input";
import { parseAddress } from "../net/address";
import { readPortProtocol } from "./pod";

/** A Service or what stands behind one, ready to be read. */
export interface NamedReader {
  readonly namespace: string;
  readonly name: string;
  readonly reader: Reader;
}

type Target = WorldService["targets"][number];

interface TargetPort {
  readonly protocol: number;
  readonly port: number;
}

const PORT = { min: 1, max: 65_535 };

const across = (addresses: readonly string[], ports: readonly TargetPort[]): readonly Target[] =>
  addresses
    .filter((address) => parseAddress(address))
    .flatMap((address) => ports.map((port) => ({ address, ...port })));

function readTargetPorts(list: Reader): readonly TargetPort[] {
  return readList(list).flatMap((at) => {
    const [port, protocol] = [readInteger(field(at, "port"), PORT), readPortProtocol(field(at, "protocol"))];
    return port !== undefined && protocol !== undefined ? [{ port, protocol }] : [];
  });
}

const textsOf = (list: Reader): readonly string[] => readList(list).flatMap((at) => readString(at) ?? []);

/** Addresses and ports of an EndpointSlice, ready or not, as Felix takes them (felix serviceindex). */
export const targetsOfSlice = (slice: Reader): readonly Target[] =>
  across(
    readList(field(slice, "endpoints")).flatMap((at) => textsOf(field(at, "addresses"))),
    readTargetPorts(field(slice, "ports")),
  );

/** The same of an Endpoints object, from which Kubernetes makes EndpointSlices. */
export const targetsOfEndpoints = (endpoints: Reader): readonly Target[] =>
  readList(field(endpoints, "subsets")).flatMap((subset) =>
    across(
      ["addresses", "notReadyAddresses"].flatMap((key) =>
        readList(field(subset, key)).flatMap((at) => readString(field(at, "ip")) ?? []),
      ),
      readTargetPorts(field(subset, "ports")),
    ),
  );

function targetPort(at: Reader, pod: WorldPod): readonly TargetPort[] {
  const protocol = readPortProtocol(field(at, "protocol"));
  if (protocol === undefined) return [];
  const target = field(at, "targetPort");
  if (typeof target.value === "string") {
    const named = pod.ports?.find((p) => p.name === target.value && p.protocol === protocol);
    return named ? [{ protocol, port: named.port }] : [];
  }
  const port = readInteger(target, PORT) ?? readInteger(field(at, "port"), PORT);
  return port === undefined ? [] : [{ protocol, port }];
}

/** What the cluster would write into EndpointSlices for a Service with a selector. */
export function targetsOfSelector({ namespace, reader }: NamedReader, pods: readonly WorldPod[]): readonly Target[] {
  const spec = field(reader, "spec");
  const wanted = Object.entries(readStringMap(field(spec, "selector")));
  if (wanted.length === 0) return [];
  const ports = readList(field(spec, "ports"));
  return pods
    .filter((pod) => pod.namespace === namespace && wanted.every(([key, value]) => pod.labels[key] === value))
    .flatMap((pod) => ports.flatMap((at) => across(pod.addresses, targetPort(at, pod))));
}

/** What is known of a cluster's services. */
export interface ServiceSources {
  readonly services: readonly NamedReader[];
  /** What EndpointSlices and Endpoints say, under the name of their service. */
  readonly written: readonly (Omit<NamedReader, "reader"> & { readonly targets: readonly Target[] })[];
  readonly pods: readonly WorldPod[];
}

/** Where each service sends to: by its EndpointSlices, or by its selector where there are none here. */
export function servicesOf({ services, written, pods }: ServiceSources): readonly WorldService[] {
  const targets = new Map<string, WorldService>();
  for (const { namespace, name, targets: more } of written) {
    const key = `${namespace}/${name}`;
    targets.set(key, { namespace, name, targets: [...(targets.get(key)?.targets ?? []), ...more] });
  }
  for (const service of services) {
    const { namespace, name } = service;
    const key = `${namespace}/${name}`;
    if (!targets.has(key)) targets.set(key, { namespace, name, targets: targetsOfSelector(service, pods) });
  }
  return [...targets.values()];
}
