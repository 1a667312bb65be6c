import type { Sink } from "../io";
import type { PodCount, ReadyCluster } from "./sandbox-process";

/** What a person does first with a mesh that has come up. */
export function readyText(clusters: readonly ReadyCluster[], seconds: string): string {
  const width = Math.max(...clusters.map(({ name }) => name.length));
  const lines = clusters.flatMap(({ name, apiUrl, kubeconfig, goldmaneAddress }) => [
    `${name.padEnd(width)}  API        ${apiUrl}`,
    `${"".padEnd(width)}  kubeconfig ${kubeconfig}`,
    `${"".padEnd(width)}  Goldmane   ${goldmaneAddress}`,
  ]);
  const [first] = clusters;
  return [
    `ready after ${seconds} s`,
    "",
    ...lines,
    "",
    `export KUBECONFIG=${clusters.map(({ kubeconfig }) => quoted(kubeconfig)).join(":")}`,
    `kubectl --context ${first?.name ?? ""} get pods --all-namespaces`,
    "",
    "Ctrl-C stops it.",
    "",
  ].join("\n");
}

const quoted = (path: string): string => (/^[\w./+-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`);

/** Tells how many pods run: on a terminal in one line that changes, elsewhere once for each cluster when all run. */
export function podTeller(err: Sink): (count: PodCount) => void {
  return ({ cluster, running, wanted }) => {
    const done = running >= wanted;
    if (!done && !err.isTerminal) return;
    // More run than the scenario names: nodes have pods of their own.
    const words = done ? `${running} pods run\n` : `${running} of ${wanted} pods run`;
    err.write(`${err.isTerminal ? "\r\u001b[2K" : ""}${cluster}: ${words}`);
  };
}
