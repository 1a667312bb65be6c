import type { KubernetesApi } from "@isthmus/k8s";
import type { Clock } from "@isthmus/std";
import type { AgentArguments } from "../arguments";
import type { CalicoApi } from "../sources/kubernetes/watched-kinds";
import type { Finding } from "./finding";
import { judge } from "./judge";
import type { CalicoSeen, Observation } from "./observation";
import { observeAddresses, observeCalico } from "./observe/calico";
import { observeGateway } from "./observe/gateways";
import { observeGoldmane } from "./observe/goldmane";
import { observeMemory, observeSpool } from "./observe/host";
import { observeIdentity } from "./observe/identity";
import { observePermissions, permissionsNeeded } from "./observe/permissions";
import type { ProxySettings } from "../connection/proxy";
import { readOf } from "./read";

/** What an examination needs; it changes nothing of it. */
export interface ExamineOptions {
  readonly api: KubernetesApi;
  readonly arguments: AgentArguments;
  readonly proxies: ProxySettings;
  readonly readGrant: () => Promise<Uint8Array>;
  readonly readCa: () => Promise<string | undefined>;
  readonly clock: Pick<Clock, "now">;
}

/** A cluster's examination. */
export interface Examined {
  readonly examinedAtMs: number;
  readonly tookMs: number;
  readonly findings: readonly Finding[];
}

/** Looks at the cluster and at the agent's surroundings, and judges what it saw. */
export async function examine(options: ExamineOptions): Promise<Examined> {
  const examinedAtMs = options.clock.now();
  const findings = judge(await observe(options));
  return { examinedAtMs, tookMs: options.clock.now() - examinedAtMs, findings };
}

async function observe(options: ExamineOptions): Promise<Observation> {
  const { api, arguments: given, clock, proxies } = options;
  const calico = await observeCalico(api);
  const style = calicoApi(calico.served);
  const route = { ca: await options.readCa().catch(() => undefined), proxies, now: () => clock.now() };
  const [version, apiServerOffsetMs, goldmane, permissions, identity, gateways, addresses, spool, memory] =
    await Promise.all([
      api.serverVersion(),
      apiServerOffset(options),
      observeGoldmane(api, given, () => clock.now()),
      observePermissions(api, permissionsNeeded(style, given)),
      observeIdentity(api, given, options.readGrant),
      Promise.all(given.gateways.map((url) => observeGateway(url, route))),
      observeAddresses(api, style !== "crd.projectcalico.org/v1"),
      observeSpool(given),
      observeMemory(),
    ]);
  const gatewayOffsetMs = gateways.find(({ clockOffsetMs }) => clockOffsetMs !== undefined)?.clockOffsetMs;
  return {
    nowMs: clock.now(),
    kubernetesVersion: readOf(version, "get /version", (value) => value),
    calico,
    goldmane,
    permissions,
    identity,
    clock: { apiServerOffsetMs, gatewayOffsetMs },
    gateways,
    addresses,
    spool,
    memory,
  };
}

function calicoApi(served: CalicoSeen["served"]): CalicoApi {
  if (served.kind !== "read") return "";
  if (served.value.v3) return "projectcalico.org/v3";
  return served.value.crd ? "crd.projectcalico.org/v1" : "";
}

async function apiServerOffset({ api, clock }: ExamineOptions): Promise<number | undefined> {
  const startedAtMs = clock.now();
  const time = await api.serverTime();
  if (!time.ok || time.value === undefined) return undefined;
  // HTTP's Date is cut to the second: half of one is nearest.
  return time.value + 500 - (startedAtMs + clock.now()) / 2;
}
