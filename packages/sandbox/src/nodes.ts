import { addressNumber, addressText, rangeOf } from "./controllers/address-pool";
import type { JsonObject } from "./json";
import type { ClusterScenario, NodeSettings } from "./scenario-types";
import { timestamp } from "./store/object-store";
import type { KubeInput } from "./store/types";

const kubeletVersion = "v1.34.2";
const blockBits = 8;

/** What a cluster's nodes depend on. */
export interface NodeOptions {
  readonly scenario: ClusterScenario;
  /** Place of the cluster in the scenario: keeps the nodes' addresses of different clusters apart. */
  readonly index: number;
  readonly now: number;
}

/** A node as its kubelet registers it; `place` counts the nodes that the cluster ever had. */
export function nodeObject(
  { scenario, index, now }: NodeOptions,
  { name, place }: { readonly name: string; readonly place: number },
): KubeInput {
  const podCIDR = `${addressText(rangeOf(scenario.podCidr).first + place * 2 ** blockBits)}/${32 - blockBits}`;
  const settings = scenario.nodeSettings?.[name] ?? {};
  const labels = {
    "kubernetes.io/hostname": name,
    "kubernetes.io/os": "linux",
    "kubernetes.io/arch": "amd64",
    ...(place === 0 ? { "node-role.kubernetes.io/control-plane": "" } : {}),
    ...scenario.labels,
    ...settings.labels,
  };
  const taints = settings.taints === undefined ? {} : { taints: settings.taints };
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name, labels },
    spec: { podCIDR, podCIDRs: [podCIDR], ...taints },
    status: nodeStatus({ name, address: nodeAddress(index, place), settings }, now),
  };
}

const firstAddress = 10;
const few = 240;

/** The first nodes of each cluster have a /24 beside those of the others; those beyond, a range further up. */
function nodeAddress(index: number, place: number): string {
  if (place < few) return addressText((addressNumber("172.18.0.0") ?? 0) + index * 256 + firstAddress + place);
  return addressText((addressNumber("172.20.0.0") ?? 0) + index * 2 ** 14 + place);
}

function nodeStatus(
  { name, address, settings }: { name: string; address: string; settings: NodeSettings },
  now: number,
): JsonObject {
  const at = timestamp(now);
  const fine = [
    { type: "MemoryPressure", status: "False", reason: "KubeletHasSufficientMemory" },
    { type: "DiskPressure", status: "False", reason: "KubeletHasNoDiskPressure" },
    { type: "PIDPressure", status: "False", reason: "KubeletHasSufficientPID" },
    { type: "Ready", status: "True", reason: "KubeletReady" },
  ];
  const { cpu = "4", memory = "8Gi", pods = 110 } = settings;
  const amounts = { cpu, memory, "ephemeral-storage": "100Gi", pods: String(pods) };
  return {
    addresses: [
      { type: "InternalIP", address },
      { type: "Hostname", address: name },
    ],
    capacity: amounts,
    allocatable: amounts,
    conditions: fine.map((condition) => ({ ...condition, lastHeartbeatTime: at, lastTransitionTime: at })),
    nodeInfo: {
      architecture: "amd64",
      operatingSystem: "linux",
      osImage: "Isthmus sandbox",
      kernelVersion: "none",
      containerRuntimeVersion: "isthmus-sandbox://0.1.0",
      kubeletVersion,
      kubeProxyVersion: kubeletVersion,
    },
  };
}
