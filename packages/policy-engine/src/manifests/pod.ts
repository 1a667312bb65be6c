import {
  field,
  isPresent,
  complain,
  readInteger,
  readList,
  readString,
  readStringMap,
  type Reader,
} from "../decode/reader";
import type { WorldPod } from "../evaluate/world-input";
import type { EndpointPort } from "../model/policy";
import { PROTOCOL_NUMBERS } from "../model/protocol";
import { parseAddress } from "../net/address";

/** A pod's part in a world, and what of it Calico sees otherwise than other pods. */
export interface ReadPod {
  readonly pod: WorldPod;
  readonly hostNetwork: boolean;
  /** It has run to its end. */
  readonly finished: boolean;
}

const PROTOCOLS: ReadonlyMap<string, number> = new Map([
  ["TCP", PROTOCOL_NUMBERS.TCP],
  ["UDP", PROTOCOL_NUMBERS.UDP],
  ["SCTP", PROTOCOL_NUMBERS.SCTP],
]);

/** The number of a port's protocol; TCP where it names none. */
export function readPortProtocol(reader: Reader): number | undefined {
  const text = readString(reader) ?? "TCP";
  const protocol = PROTOCOLS.get(text);
  if (protocol === undefined) complain(reader, { code: "not-one-of", message: `\`${text}\` is not TCP, UDP or SCTP` });
  return protocol;
}

function readContainerPort(reader: Reader): readonly EndpointPort[] {
  const name = readString(field(reader, "name"));
  const port = readInteger(field(reader, "containerPort"), { min: 1, max: 65_535 });
  const protocol = readPortProtocol(field(reader, "protocol"));
  if (port === undefined && !isPresent(field(reader, "containerPort"))) {
    complain(reader, { code: "missing-port", message: "the port has no containerPort", hint: "mind the capital P" });
  }
  return name !== undefined && port !== undefined && protocol !== undefined ? [{ name, protocol, port }] : [];
}

/** Containers that stay: those of the pod, and first ones that are restarted always, which are sidecars. */
function portsOf(spec: Reader): readonly EndpointPort[] {
  const sidecars = readList(field(spec, "initContainers")).filter(
    (container) => readString(field(container, "restartPolicy")) === "Always",
  );
  return [...readList(field(spec, "containers")), ...sidecars].flatMap((container) =>
    readList(field(container, "ports")).flatMap(readContainerPort),
  );
}

function addressesOf(status: Reader): readonly string[] {
  const many = readList(field(status, "podIPs")).map((at) => field(at, "ip"));
  const readers = many.length > 0 ? many : [field(status, "podIP")];
  return readers.flatMap((at) => {
    const text = readString(at);
    if (text === undefined || text === "") return [];
    if (parseAddress(text)) return [text];
    complain(at, { code: "invalid-address", message: `\`${text}\` is not an address` });
    return [];
  });
}

/** Where a pod or a pod template is read from, and the name that its endpoint gets. */
export interface PodSource {
  /** Holds `metadata` and `spec`. */
  readonly template: Reader;
  readonly status?: Reader;
  readonly namespace: string;
  readonly name: string;
}

/** Reads a pod, or the pods that a template makes as one of them. */
export function readPod({ template, status, namespace, name }: PodSource): ReadPod {
  const spec = field(template, "spec");
  const account = readString(field(spec, "serviceAccountName")) ?? readString(field(spec, "serviceAccount"));
  const phase = status && readString(field(status, "phase"));
  const node = readString(field(spec, "nodeName"));
  const finished = phase === "Succeeded" || phase === "Failed";
  return {
    pod: {
      namespace,
      name,
      labels: readStringMap(field(field(template, "metadata"), "labels")),
      serviceAccount: account === undefined || account === "" ? "default" : account,
      // The address of a pod that is finished may be another's by now (Calico, conversion, IsFinished).
      addresses: status && !finished ? addressesOf(status) : [],
      ports: portsOf(spec),
      ...(node !== undefined && node !== "" && { node }),
    },
    hostNetwork: field(spec, "hostNetwork").value === true,
    finished,
  };
}
