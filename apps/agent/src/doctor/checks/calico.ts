import type { Check, Judgement } from "../finding";
import type { CalicoSeen, Observation } from "../observation";
import { unread, type Read } from "../read";
import { isOlderThan, versionNumber } from "../version-number";

/** Tiers, staged policies and Goldmane are all in open-source Calico from here on. */
const OLDEST = [3, 30] as const;
/** From here on server-side apply creates policies as well; before, it answers that there is none. */
const APPLIES = [3, 32] as const;
const UPDATE = "https://docs.tigera.io/calico/latest/operations/upgrading/";

function judgeVersion(read: Read<string>): Judgement {
  if (read.kind === "absent" || (read.kind === "read" && read.value === "")) {
    const advice = "see that Calico is installed and has started: it writes ClusterInformation `default` itself";
    return { state: "unknown", seen: "no ClusterInformation tells a version of Calico", advice };
  }
  if (read.kind !== "read") return unread(read);
  const version = versionNumber(read.value);
  if (version === undefined) return { state: "unknown", seen: `\`${read.value}\` is no version that can be read` };
  const seen = `Calico ${read.value}`;
  if (isOlderThan(version, OLDEST)) {
    const advice = `update Calico to 3.30 or later: flows, and policies that are staged, come with it (${UPDATE})`;
    return { state: "failing", seen, advice };
  }
  if (isOlderThan(version, APPLIES)) {
    return {
      state: "ok",
      seen: `${seen}; policies are created first and then updated, since its server-side apply creates none`,
    };
  }
  return { state: "ok", seen };
}

function judgeInstallation({ operator, nodeNamespaces }: CalicoSeen): Judgement {
  if (operator.kind === "read") {
    const how = operator.value.helm ? "the operator, which Helm installed" : "the operator";
    return { state: "ok", seen: `run by ${how} (Deployment ${operator.value.namespace}/tigera-operator)` };
  }
  if (operator.kind !== "absent") return unread(operator);
  if (nodeNamespaces.kind === "forbidden" || nodeNamespaces.kind === "failed") return unread(nodeNamespaces);
  const namespaces = nodeNamespaces.kind === "read" ? nodeNamespaces.value : [];
  if (namespaces.length === 0) {
    const seen = "neither a Deployment tigera-operator nor a DaemonSet calico-node was found";
    return { state: "unknown", seen, advice: "see whether this cluster's network is Calico's" };
  }
  if (namespaces.includes("kube-system")) {
    const advice = "move to the operator where flows are wanted: Goldmane comes with the operator and with Helm only";
    const remedy = "https://docs.tigera.io/calico/latest/operations/operator-migration";
    return { state: "warning", seen: "installed from a manifest (DaemonSet kube-system/calico-node)", advice, remedy };
  }
  return { state: "ok", seen: `DaemonSet ${namespaces.join(", ")}/calico-node, without an operator in sight` };
}

function judgeApi({ served, aggregated }: CalicoSeen): Judgement {
  if (served.kind === "absent") return { state: "unknown", seen: "the API server does not tell what it serves" };
  if (served.kind !== "read") return unread(served);
  const { v3, crd } = served.value;
  if (v3) {
    const style = aggregated.kind === "read" ? aggregated.value : crd;
    const guess = aggregated.kind === "read" ? "" : ", told by what is served";
    const how = style ? "by Calico's own API server (aggregated)" : "natively, as custom resources";
    return { state: "ok", seen: `projectcalico.org/v3 is served ${how}${guess}` };
  }
  if (crd) {
    const advice =
      "install Calico's API server (APIServer `default` of operator.tigera.io), or update to native v3 resources; until then this cluster is read and not written to";
    const remedy =
      "kubectl apply -f - <<'END'\napiVersion: operator.tigera.io/v1\nkind: APIServer\nmetadata:\n  name: default\nspec: {}\nEND";
    return { state: "warning", seen: "only crd.projectcalico.org/v1 is served: read only", advice, remedy };
  }
  return {
    state: "failing",
    seen: "no API of Calico is served",
    advice: "install Calico, or see whether its API server runs",
  };
}

const WRITTEN_DATAPLANES: Readonly<Record<string, string>> = {
  iptables: "iptables",
  bpf: "eBPF",
  vpp: "VPP",
  nftables: "nftables",
};

function dataplaneOf({ installation, felix }: CalicoSeen): string {
  const chosen = installation.kind === "read" ? installation.value.linuxDataplane.toLowerCase() : "";
  if (chosen !== "") return WRITTEN_DATAPLANES[chosen] ?? chosen;
  if (felix.kind !== "read") return "";
  if (felix.value.bpfEnabled) return "eBPF";
  return felix.value.nftablesMode === "Enabled" ? "nftables" : "iptables";
}

function judgeDataplane(calico: CalicoSeen): Judgement {
  const { installation, felix, nodes } = calico;
  const dataplane = dataplaneOf(calico);
  if (dataplane === "") {
    if (felix.kind === "forbidden" || felix.kind === "failed") return unread(felix);
    return { state: "unknown", seen: "neither Installation nor FelixConfiguration `default` tells the dataplane" };
  }
  const source = installation.kind === "read" ? "" : ", told by FelixConfiguration";
  const windows = nodes.kind === "read" ? nodes.value.windows : 0;
  if (windows > 0) {
    const seen = `${dataplane}${source}; ${windows} of ${nodes.kind === "read" ? nodes.value.count : 0} nodes run Windows`;
    return { state: "warning", seen, advice: "staged policies have no effect on Windows nodes: stage on Linux nodes" };
  }
  if (dataplane === "VPP") {
    const advice = "compare a few verdicts by hand before relying on them: VPP reports flows in a way of its own";
    return { state: "warning", seen: `VPP${source}`, advice };
  }
  return { state: "ok", seen: `${dataplane}${source}` };
}

const BUCKET_SECONDS = 15;
const UNITS: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3_600 };

/** Seconds of a Go duration such as `15s` or `1m30s`; undefined for other text. */
function durationSeconds(text: string): number | undefined {
  if (!/^(?:\d+(?:\.\d+)?(?:ms|s|m|h))+$/u.test(text)) return undefined;
  return [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/gu)].reduce(
    (sum, [, count, unit]) => sum + Number(count) * (UNITS[unit ?? ""] ?? 0),
    0,
  );
}

function judgeFlowSettings({ felix }: CalicoSeen): Judgement {
  if (felix.kind === "absent") return { state: "unknown", seen: "there is no FelixConfiguration `default`" };
  if (felix.kind !== "read") return unread(felix);
  const written = felix.value.flowLogsFlushInterval;
  if (written === "") return { state: "ok", seen: "flowLogsFlushInterval is not set: Felix's own applies" };
  const seconds = durationSeconds(written);
  if (seconds === undefined)
    return { state: "unknown", seen: `flowLogsFlushInterval \`${written}\` cannot be read as a duration` };
  if (seconds <= BUCKET_SECONDS) return { state: "ok", seen: `Felix reports flows every ${written}` };
  return {
    state: "warning",
    seen: `Felix reports flows every ${written}, later than Goldmane closes its buckets of 15 s`,
    advice: "set flowLogsFlushInterval to 15s: what comes late is left out of the stream",
    remedy: `kubectl patch felixconfigurations.projectcalico.org default --type merge -p '{"spec":{"flowLogsFlushInterval":"15s"}}'`,
  };
}

export const CALICO_CHECKS: readonly Check<Observation>[] = [
  {
    id: "calico.version",
    group: "calico",
    title: "Calico version",
    judge: ({ calico }) => judgeVersion(calico.version),
  },
  {
    id: "calico.installation",
    group: "calico",
    title: "How Calico is installed",
    judge: ({ calico }) => judgeInstallation(calico),
  },
  {
    id: "calico.api",
    group: "calico",
    title: "How Calico's API is served",
    judge: ({ calico }) => judgeApi(calico),
  },
  {
    id: "calico.dataplane",
    group: "calico",
    title: "Dataplane",
    judge: ({ calico }) => judgeDataplane(calico),
  },
  {
    id: "calico.flow-settings",
    group: "calico",
    title: "How often flows are reported",
    judge: ({ calico }) => judgeFlowSettings(calico),
  },
];
