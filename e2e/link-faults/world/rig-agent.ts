import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Script } from "../goldmane/given-flows";
import { ScriptedGoldmane } from "../goldmane/scripted-goldmane";
import { LinkProxy } from "../proxy/link-proxy";
import type { RigCluster } from "./rig-cluster";
import type { RigGateway } from "./rig-gateway";
import type { Grant } from "./rig-organisation";
import { RigProcess } from "./rig-process";

/** A cluster's end of the link in one schedule: the agent's process, its Goldmane, and a proxy on each way out. */
export interface RigAgent {
  readonly clusterId: string;
  readonly cluster: RigCluster;
  readonly process: RigProcess;
  /** The same agent once more, down unless a fault brings it up. */
  readonly twin: RigProcess;
  readonly goldmane: ScriptedGoldmane;
  /** One before each gateway. */
  readonly gatewayProxies: readonly LinkProxy[];
  readonly goldmaneProxy: LinkProxy;
  readonly kubernetesProxy: LinkProxy;
  /** Takes the spool away from an agent that is down. */
  loseSpool(): void;
  end(): Promise<void>;
}

/** What an agent is made with. */
export interface RigAgentParts {
  readonly name: string;
  readonly script: string;
  readonly folder: string;
  readonly cluster: RigCluster;
  readonly clusterId: string;
  readonly grant: Grant;
  readonly gateways: readonly RigGateway[];
  readonly pin: string;
  readonly flows: Script;
  /** When its Goldmane began, Unix seconds. */
  readonly goldmaneSince: number;
  readonly linkLatencyMs: number;
}

/** Starts Goldmane and the proxies, and the agent as it is shipped; each schedule's is a new one, without an identity. */
export async function startRigAgent(parts: RigAgentParts): Promise<RigAgent> {
  const { name, cluster, flows, goldmaneSince } = parts;
  const folder = join(parts.folder, name);
  const spool = join(folder, "spool");
  mkdirSync(join(folder, "grant"), { recursive: true });
  writeFileSync(join(folder, "grant/secret"), parts.grant.secret);
  const goldmane = new ScriptedGoldmane(flows, cluster.goldmaneTls);
  const run = { id: await cluster.beginGoldmane(goldmaneSince), startedAt: goldmaneSince };
  const goldmaneProxy = new LinkProxy(await goldmane.start(run));
  const kubernetesProxy = new LinkProxy(cluster.apiPort);
  const gatewayProxies = parts.gateways.map(({ port }) => new LinkProxy(port));
  for (const proxy of gatewayProxies) proxy.baseLatencyMs = parts.linkLatencyMs;
  const kubeconfig = join(folder, "kubeconfig");
  writeFileSync(kubeconfig, cluster.kubeconfigAt(await kubernetesProxy.listen()), { mode: 0o600 });
  const places = {
    kubeconfig,
    grant: join(folder, "grant/secret"),
    goldmanePort: await goldmaneProxy.listen(),
    gatewayPorts: await Promise.all(gatewayProxies.map((proxy) => proxy.listen())),
  };
  const processOf = (instance: string, spoolOf: string): RigProcess => {
    const args = argumentsOf(parts, { ...places, instance, spool: spoolOf });
    return new RigProcess({ name: instance, script: parts.script, folder, args, env: {} });
  };
  const [process, twin] = [processOf(name, spool), processOf(`${name}-twin`, join(folder, "twin"))];
  process.up();
  return {
    clusterId: parts.clusterId,
    cluster,
    process,
    twin,
    goldmane,
    gatewayProxies,
    goldmaneProxy,
    kubernetesProxy,
    loseSpool: () => rmSync(spool, { recursive: true, force: true }),
    end: async () => {
      await Promise.all([process.end(), twin.end()]);
      await goldmane.stop();
      await Promise.all([...gatewayProxies, goldmaneProxy, kubernetesProxy].map((proxy) => proxy.close()));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

interface Places {
  readonly instance: string;
  readonly kubeconfig: string;
  readonly spool: string;
  readonly grant: string;
  readonly goldmanePort: number;
  readonly gatewayPorts: readonly number[];
}

function argumentsOf({ name, grant, pin }: RigAgentParts, places: Places): readonly string[] {
  return [
    `--gateway=${places.gatewayPorts.map((port) => `ws://127.0.0.1:${port}`).join(",")}`,
    `--pin=${pin}`,
    `--grant-id=${grant.id}`,
    `--grant-file=${places.grant}`,
    `--goldmane=127.0.0.1:${places.goldmanePort}`,
    "--goldmane-server-name=goldmane.calico-system.svc",
    "--goldmane-tls-secret=calico-system/whisker-backend-key-pair",
    "--goldmane-ca-configmap=calico-system/goldmane-ca-bundle",
    `--identity-secret=isthmus/${name}`,
    `--spool-dir=${places.spool}`,
    "--listen=127.0.0.1:0",
    `--kubeconfig=${places.kubeconfig}`,
    `--instance=${places.instance}`,
    "--probes=off",
    // A Goldmane of the rig has all of a bucket by then: nobody waits the five minutes of a real one.
    "--goldmane-reconcile-after=60s",
  ];
}
