import { describe, expect, it } from "vitest";
import type { FindingState } from "./finding";
import { judge } from "./judge";
import type { ClientCertificate, Observation, PermissionSeen } from "./observation";
import type { Read } from "./read";
import { exitCode } from "./report-text";

const NOW = Date.UTC(2026, 0, 1);
const DAY = 86_400_000;
const read = <T>(value: T): Read<T> => ({ kind: "read", value });
const absent = { kind: "absent" } as const;
const forbidden = { kind: "forbidden", permission: "get things" } as const;
const failed = { kind: "failed", why: "no route" } as const;

const certificate: ClientCertificate = {
  subject: "CN=whisker-backend",
  issuer: "CN=tigera",
  notAfterMs: NOW + 90 * DAY,
  keyMatches: true,
  ofTrustedAuthority: true,
};
const listPods: PermissionSeen = { use: "inventory", verb: "list", group: "", resource: "pods", allowed: true };
const felix = { bpfEnabled: false, nftablesMode: "", flowLogsFlushInterval: "15s" };

const healthy: Observation = {
  nowMs: NOW,
  kubernetesVersion: read("v1.34.2"),
  calico: {
    version: read("v3.32.0"),
    operator: read({ namespace: "tigera-operator", helm: false }),
    nodeNamespaces: read(["calico-system"]),
    served: read({ v3: true, crd: false }),
    aggregated: read(false),
    installation: read({ linuxDataplane: "Iptables", windowsDataplane: "" }),
    felix: read(felix),
    nodes: read({ count: 3, windows: 0 }),
  },
  goldmane: {
    address: "goldmane.calico-system.svc:7443",
    deployment: read({ ready: 1, wanted: 1 }),
    service: read("10.0.0.9"),
    certificate: { kind: "seen", certificate },
    probe: { kind: "answered", flows: 12, newestFlowEndMs: NOW - 30_000, clockOffsetMs: 0 },
  },
  permissions: [
    listPods,
    ...(["writes", "goldmane", "identity", "examination"] as const).map((use) => ({ ...listPods, use })),
  ],
  identity: {
    stored: read({ kind: "credential", id: "c", issuedAtMs: NOW - DAY, expiresAtMs: NOW + DAY }),
    grantId: "g",
    grantReadable: false,
    secret: "isthmus/isthmus-agent-identity",
  },
  clock: { apiServerOffsetMs: 400, gatewayOffsetMs: -400 },
  gateways: [
    {
      url: "wss://g",
      proxy: "",
      outcome: { kind: "open", certificate: "certificate of g, signed by ca", connectMs: 12 },
      clockOffsetMs: -400,
    },
  ],
  addresses: { pools: read(["10.1.0.0/16"]), nodes: read([]), services: read(["10.96.0.0/12"]) },
  spool: { directory: "/spool", isElsewhere: false, problem: "", usedBytes: 0, freeBytes: 400, maxBytes: 256 },
  memory: { usedBytes: 100, limitBytes: 256 },
};
const calico = (change: Partial<Observation["calico"]>): Partial<Observation> => ({
  calico: { ...healthy.calico, ...change },
});
const goldmane = (change: Partial<Observation["goldmane"]>): Partial<Observation> => ({
  goldmane: { ...healthy.goldmane, ...change },
});
const pair = (change: Partial<ClientCertificate>): Partial<Observation> =>
  goldmane({ certificate: { kind: "seen", certificate: { ...certificate, ...change } } });
const permission = (change: Partial<PermissionSeen>): Partial<Observation> => ({
  permissions: [{ ...listPods, ...change }],
});
const stored = (value: Observation["identity"]["stored"], grantReadable = false): Partial<Observation> => ({
  identity: { ...healthy.identity, stored: value, grantReadable },
});
const clock = (change: Partial<Observation["clock"]>): Partial<Observation> => ({
  clock: { ...healthy.clock, ...change },
});
const newest = (newestFlowEndMs: number | undefined): Partial<Observation> =>
  goldmane({ probe: { kind: "answered", flows: 1, newestFlowEndMs, clockOffsetMs: undefined } });
const goldmaneClock = (clockOffsetMs: number): Partial<Observation> =>
  goldmane({ probe: { kind: "answered", flows: 1, newestFlowEndMs: NOW, clockOffsetMs } });
const gateway = (outcome: Observation["gateways"][number]["outcome"], proxy = ""): Partial<Observation> => ({
  gateways: [{ url: "wss://g", proxy, outcome, clockOffsetMs: undefined }],
});
const addresses = (change: Partial<Observation["addresses"]>): Partial<Observation> => ({
  addresses: { ...healthy.addresses, ...change },
});
const spool = (change: Partial<Observation["spool"]>): Partial<Observation> => ({
  spool: { ...healthy.spool, ...change },
});

interface Row {
  readonly name: string;
  readonly id: string;
  readonly change: Partial<Observation>;
  readonly state: FindingState;
  readonly says: RegExp;
}
const row = (id: string, name: string, change: Partial<Observation>, expected: [FindingState, RegExp]): Row => ({
  name: `${id}: ${name}`,
  id,
  change,
  state: expected[0],
  says: expected[1],
});

const rows: readonly Row[] = [
  row("kubernetes.version", "too old", { kubernetesVersion: read("v1.20.15") }, ["failing", /update Kubernetes/u]),
  row("kubernetes.version", "oldest", { kubernetesVersion: read("v1.21.0-gke.1") }, ["ok", /not told/u]),
  row("kubernetes.version", "no version", { kubernetesVersion: read("dev") }, ["unknown", /`dev`/u]),
  row("kubernetes.version", "forbidden", { kubernetesVersion: forbidden }, ["unknown", /may not get things/u]),
  row("calico.version", "without flows", calico({ version: read("v3.29.4") }), ["failing", /3\.30/u]),
  row("calico.version", "without apply", calico({ version: read("v3.31.1") }), ["ok", /created first/u]),
  row("calico.version", "a later major", calico({ version: read("v4.0.0") }), ["ok", /4\.0\.0$/mu]),
  row("calico.version", "not told", calico({ version: read("") }), ["unknown", /no ClusterInformation/u]),
  row("calico.installation", "Helm", calico({ operator: read({ namespace: "t", helm: true }) }), ["ok", /Helm/u]),
  row("calico.installation", "manifest", calico({ operator: absent, nodeNamespaces: read(["kube-system"]) }), [
    "warning",
    /from a manifest/u,
  ]),
  row("calico.installation", "nothing", calico({ operator: absent, nodeNamespaces: read([]) }), [
    "unknown",
    /neither/u,
  ]),
  row("calico.installation", "unread", calico({ operator: failed }), ["unknown", /no route/u]),
  row("calico.api", "aggregated", calico({ aggregated: read(true) }), ["ok", /aggregated\)$/mu]),
  row("calico.api", "guessed", calico({ aggregated: forbidden, served: read({ v3: true, crd: true }) }), [
    "ok",
    /aggregated\), told by what is served/u,
  ]),
  row("calico.api", "storage alone", calico({ served: read({ v3: false, crd: true }) }), ["warning", /read only/u]),
  row("calico.api", "none", calico({ served: read({ v3: false, crd: false }) }), ["failing", /no API/u]),
  row("calico.dataplane", "eBPF", calico({ installation: read({ linuxDataplane: "BPF", windowsDataplane: "" }) }), [
    "ok",
    /^eBPF$/mu,
  ]),
  row("calico.dataplane", "by Felix", calico({ installation: absent, felix: read({ ...felix, bpfEnabled: true }) }), [
    "ok",
    /^eBPF, told by FelixConfiguration/u,
  ]),
  row("calico.dataplane", "Windows", calico({ nodes: read({ count: 3, windows: 2 }) }), ["warning", /2 of 3 nodes/u]),
  row("calico.dataplane", "VPP", calico({ installation: read({ linuxDataplane: "VPP", windowsDataplane: "" }) }), [
    "warning",
    /VPP/u,
  ]),
  row("calico.dataplane", "untold", calico({ installation: absent, felix: forbidden }), ["unknown", /may not/u]),
  row("calico.flow-settings", "late", calico({ felix: read({ ...felix, flowLogsFlushInterval: "1m30s" }) }), [
    "warning",
    /kubectl patch/u,
  ]),
  row("calico.flow-settings", "no duration", calico({ felix: read({ ...felix, flowLogsFlushInterval: "soon" }) }), [
    "unknown",
    /`soon`/u,
  ]),
  row("calico.flow-settings", "unset", calico({ felix: read({ ...felix, flowLogsFlushInterval: "" }) }), [
    "ok",
    /own/u,
  ]),
  row("goldmane.installed", "absent", goldmane({ deployment: absent }), ["failing", /kind: Goldmane/u]),
  row("goldmane.installed", "not asked for", goldmane({ address: "" }), ["not-applicable", /empty/u]),
  row("goldmane.installed", "not ready", goldmane({ deployment: read({ ready: 0, wanted: 1 }) }), [
    "failing",
    /0 of 1/u,
  ]),
  row("goldmane.installed", "elsewhere", goldmane({ deployment: absent, service: absent }), ["ok", /answers at/u]),
  row("goldmane.installed", "unread", goldmane({ deployment: forbidden }), ["unknown", /may not/u]),
  row("goldmane.certificate", "expired", pair({ notAfterMs: NOW - DAY }), ["failing", /expired/u]),
  row("goldmane.certificate", "expires soon", pair({ notAfterMs: NOW + 2 * DAY }), ["warning", /in time/u]),
  row("goldmane.certificate", "another's key", pair({ keyMatches: false }), ["failing", /not its key/u]),
  row("goldmane.certificate", "other authority", pair({ ofTrustedAuthority: false }), [
    "warning",
    /not in the bundle/u,
  ]),
  row("goldmane.certificate", "unusable", goldmane({ certificate: { kind: "unusable", why: "no Secret" } }), [
    "failing",
    /no Secret/u,
  ]),
  row("goldmane.reachable", "refused", goldmane({ probe: { kind: "stopped", at: "connection", why: "refused" } }), [
    "failing",
    /network policy/u,
  ]),
  row("goldmane.reachable", "not tried", goldmane({ probe: { kind: "not-tried", why: "no pair" } }), [
    "unknown",
    /no pair/u,
  ]),
  row("permissions.inventory", "missing", permission({ allowed: false }), ["failing", /verbs: \[list\]/u]),
  row("permissions.examination", "missing", permission({ use: "examination", allowed: false }), [
    "warning",
    /list pods/u,
  ]),
  row("permissions.inventory", "not told", permission({ allowed: "unknown" }), ["unknown", /1 of 1/u]),
  row("permissions.writes", "not needed", { permissions: [listPods] }, ["not-applicable", /nothing/u]),
  row("identity.credential", "to be redeemed", stored(read({ kind: "key-alone" }), true), ["warning", /grant g/u]),
  row("identity.credential", "nothing to show", stored(absent), ["failing", /no grant/u]),
  row("identity.credential", "broken", stored(read({ kind: "broken", why: "not JSON" })), ["failing", /not JSON/u]),
  row(
    "identity.credential",
    "expired",
    stored(read({ kind: "credential", id: "c", issuedAtMs: NOW - 2 * DAY, expiresAtMs: NOW - DAY })),
    ["failing", /expired/u],
  ),
  row(
    "identity.credential",
    "not renewed",
    stored(read({ kind: "credential", id: "c", issuedAtMs: NOW - 9 * DAY, expiresAtMs: NOW + DAY })),
    ["warning", /half-life/u],
  ),
  row("identity.credential", "unread", stored(forbidden), ["unknown", /may not/u]),
  row("clock.api-server", "a little off", clock({ apiServerOffsetMs: 12_000 }), ["warning", /12 s behind/u]),
  row("clock.api-server", "far off", clock({ apiServerOffsetMs: -61_000 }), ["failing", /61 s ahead of/u]),
  row("clock.gateway", "not told", clock({ gatewayOffsetMs: undefined }), ["unknown", /did not tell/u]),
  row("clock.gateway", "no gateway", { gateways: [] }, ["not-applicable", /no gateway/u]),
  row("clock.goldmane", "ahead", newest(NOW + 60_000), ["failing", /60 s in the future/u]),
  row("clock.goldmane", "behind", newest(NOW - 300_000), ["failing", /300 s ago/u]),
  row("clock.goldmane", "told, within 5 s", goldmaneClock(-4_000), ["ok", /within 5 s of Goldmane/u]),
  row("clock.goldmane", "told, ahead", goldmaneClock(-60_000), ["failing", /is 60 s ahead of Goldmane/u]),
  row("clock.goldmane", "no flows", newest(undefined), ["unknown", /no flow/u]),
  row("gateway.reachable", "another's TLS", gateway({ kind: "stopped", at: "tls", why: "signed by Proxy Ltd" }), [
    "failing",
    /authority/u,
  ]),
  row(
    "gateway.reachable",
    "by a proxy",
    gateway({ kind: "stopped", at: "proxy", why: "answers 403" }, "http://p:3128"),
    ["failing", /wss:\/\/g through http:\/\/p:3128: answers 403/u],
  ),
  row("addresses.pods", "from nodes", addresses({ pools: absent, nodes: read(["10.2.0.0/24"]) }), [
    "ok",
    /from nodes/u,
  ]),
  row("addresses.pods", "unknown", addresses({ pools: read([]), nodes: read([]) }), ["unknown", /neither/u]),
  row("addresses.services", "unread", addresses({ services: forbidden }), ["unknown", /may not/u]),
  row("addresses.overlap", "pods in services", addresses({ services: read(["10.1.128.0/20"]) }), [
    "failing",
    /10\.1\.0\.0\/16 and services' 10\.1\.128\.0\/20/u,
  ]),
  row("addresses.overlap", "families apart", addresses({ services: read(["fd00::/108"]) }), ["ok", /lie apart/u]),
  row("addresses.overlap", "not known", addresses({ services: absent }), ["unknown", /not known/u]),
  row("agent.spool", "not writable", spool({ problem: "EROFS" }), ["failing", /EROFS/u]),
  row("agent.spool", "full", spool({ problem: "ENOSPC: no space left on device" }), ["failing", /make room/u]),
  row("agent.spool", "from another machine", spool({ problem: "ENOENT", isElsewhere: true }), [
    "not-applicable",
    /is not it/u,
  ]),
  row("agent.spool", "no room", spool({ freeBytes: 10 }), ["warning", /more room/u]),
  row("agent.spool", "nearly full", spool({ usedBytes: 250 }), ["warning", /dropped soon/u]),
  row("agent.memory", "tight", { memory: { usedBytes: 250, limitBytes: 256 } }, ["warning", /raise/u]),
  row("agent.memory", "no limit", { memory: { usedBytes: 1, limitBytes: undefined } }, ["not-applicable", /no limit/u]),
];

describe("the doctor's judgement", () => {
  it("finds nothing to do in a cluster where all is in order", () => {
    const findings = judge(healthy);
    expect(findings.filter(({ state, advice }) => state !== "ok" || advice !== "")).toEqual([]);
    expect(exitCode(findings)).toBe(0);
  });

  it.each(rows)("$name", ({ id, change, state, says }) => {
    const finding = judge({ ...healthy, ...change }).find((each) => each.id.split(":")[0] === id);
    expect(finding?.state).toBe(state);
    expect(`${finding?.seen}\n${finding?.advice}\n${finding?.remedy}`).toMatch(says);
    // What is wrong is never left without something to do.
    expect(["failing", "warning"].includes(state) && finding?.advice === "").toBe(false);
  });

  it("has a row of each check that can be other than ok", () => {
    const judged = new Set(judge(healthy).map(({ id }) => id.split(":")[0]));
    expect(new Set(rows.map(({ id }) => id)).size).toBe([...judged].filter((id) => !UNSTATED.has(id ?? "")).length);
  });
});

/** Judged by the same function as `permissions.inventory`. */
const UNSTATED = new Set(["permissions.goldmane", "permissions.identity"]);

describe("exitCode", () => {
  it.each<[FindingState, number]>([
    ["ok", 0],
    ["not-applicable", 0],
    ["warning", 1],
    ["unknown", 1],
    ["failing", 2],
  ])("%s: %d", (state, code) => {
    const [some] = judge(healthy);
    expect(exitCode(some === undefined ? [] : [{ ...some, state }])).toBe(code);
  });
});
