import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { recordAt, type KubeObject } from "@isthmus/k8s";
import type { LinkKey } from "@isthmus/protocol";
import { agentBundle } from "./bundles";
import { startChild, type RunningChild } from "./child";
import { filledManifest } from "./install";
import { writeTokenKubeconfig, type SandboxCluster } from "./sandbox";
import { waitFor } from "./wait-for";

/** As the manifest says it. */
export const AGENT_UID = 65_532;
export const isRoot = process.getuid?.() === 0;

/** A pod's place on this host: its mounts as folders, its arguments with them put in. */
export interface ReplicaPlace {
  readonly name: string;
  readonly folder: string;
  readonly spoolDir: string;
  readonly args: readonly string[];
  /** `env` is added to what the manifest gives it, as a proxy's address. */
  start(extra?: readonly string[], env?: Readonly<Record<string, string>>): RunningChild;
  remove(): void;
}

/** What a manifest says of a gateway. */
export interface KnownGateway {
  readonly key: Pick<LinkKey, "id">;
  readonly grant: { readonly id: string; readonly secret: string };
}

/** The shipped manifest, filled in for a sandbox cluster and a test's gateway. */
export function manifestFor(sandbox: SandboxCluster, gateway: KnownGateway, gatewayUrl: string): readonly KubeObject[] {
  return filledManifest({
    image: "isthmus-agent:test",
    imagePullPolicy: "IfNotPresent",
    gatewayUrls: gatewayUrl,
    pins: gateway.key.id,
    grantId: gateway.grant.id,
    grantSecretBase64: Buffer.from(gateway.grant.secret).toString("base64"),
    caBundle: "",
    goldmaneAddress: sandbox.goldmaneAddress,
    goldmaneServerName: "goldmane.calico-system.svc",
    goldmaneTlsSecret: "whisker-backend-key-pair",
    goldmaneCaConfigMap: "goldmane-ca-bundle",
  });
}

/** What a replica is placed with. */
export interface Placement {
  readonly objects: readonly KubeObject[];
  readonly sandbox: SandboxCluster;
  readonly gateway: KnownGateway;
  readonly token: string;
  /** In place of the API server's own address. */
  readonly server?: string;
  readonly nodeFlags?: readonly string[];
}

/** Makes a pod's place, as the node would; the pod has this name. */
export async function placeReplica(name: string, placement: Placement): Promise<ReplicaPlace> {
  const bundle = await agentBundle();
  const folder = mkdtempSync(join(tmpdir(), "isthmus-agent-test-"));
  chmodSync(folder, 0o755);
  const spoolDir = join(folder, "spool");
  const kubeconfig = join(folder, "kubeconfig");
  writeTokenKubeconfig(placement, kubeconfig);
  mkdirSync(join(folder, "grant"));
  writeFileSync(join(folder, "grant/secret"), placement.gateway.grant.secret);
  writeFileSync(join(folder, "grant/ca.crt"), "");
  mkdirSync(spoolDir);
  if (isRoot) chownSync(spoolDir, AGENT_UID, AGENT_UID);
  const args = containerArgs(placement.objects).map((arg) =>
    arg
      .replace("$(POD_NAME)", name)
      .replace("/etc/isthmus/grant", join(folder, "grant"))
      .replace("/var/spool/isthmus", spoolDir)
      .replace("0.0.0.0:7450", "127.0.0.1:0"),
  );
  return {
    name,
    folder,
    spoolDir,
    args,
    start: (extra = [], env = {}) =>
      startChild({
        file: bundle,
        args: [...args, ...extra],
        nodeFlags: placement.nodeFlags ?? [],
        env: { KUBECONFIG: kubeconfig, ...env },
        ...(isRoot ? { uid: AGENT_UID } : {}),
      }),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function containerArgs(objects: readonly KubeObject[]): readonly string[] {
  const deployment = objects.find(({ kind }) => kind === "Deployment");
  const template = recordAt(deployment, "spec", "template", "spec");
  const [container] = template["containers"] as readonly { readonly args: readonly string[] }[];
  return container?.args ?? [];
}

/** What a running agent's health server answers. */
export async function health(child: RunningChild, path: string): Promise<{ status: number; text: string }> {
  const port = await waitFor("the agent's health server", () => {
    const line = child.lines.find((each) => each["msg"] === "the agent has started");
    return line === undefined ? undefined : Number(line["port"]);
  });
  const answer = await fetch(`http://127.0.0.1:${port}${path}`);
  return { status: answer.status, text: await answer.text() };
}
