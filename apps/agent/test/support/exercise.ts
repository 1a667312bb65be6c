import { create } from "@bufbuild/protobuf";
import {
  CALICO_CRD,
  CALICO_KINDS,
  CALICO_V3,
  CORE_KINDS,
  type KubeError,
  type KubeObject,
  type KubernetesApi,
  type ResourceKind,
} from "@isthmus/k8s";
import { DesiredStateSchema, hashedBody, type Json } from "@isthmus/protocol";
import { err } from "@isthmus/std";
import { pino } from "pino";
import { executeStep } from "../../src/appliers/execute-step";
import { stepsOf, type Step } from "../../src/appliers/plan";
import { ResourceWriter } from "../../src/appliers/write";
import { observeAddresses, observeCalico, observeGoldmaneObjects } from "../../src/doctor/observe/calico";
import { observeIdentity } from "../../src/doctor/observe/identity";
import { observePermissions } from "../../src/doctor/observe/permissions";
import { secretIdentityStore } from "../../src/identity/secret-identity-store";
import { newIdentity } from "../../src/identity/identity";
import { LEASE_KIND, leaseRecord, withRecord } from "../../src/lease/lease-record";
import { findIncarnation } from "../../src/sources/goldmane/find-incarnation";
import { goldmaneTls } from "../../src/sources/goldmane/goldmane-access";
import { findCalicoApi, findServiceCidrs, forbiddenWrites } from "../../src/sources/kubernetes/cluster-facts";
import { followInventory } from "../../src/sources/kubernetes/follow-inventory";
import { Inventory } from "../../src/sources/kubernetes/inventory";
import { watchedKinds } from "../../src/sources/kubernetes/watched-kinds";
import { systemClock } from "../../src/system-clock";

/** Something that the agent does with the API server, by its own code. */
export interface Exercise {
  readonly name: string;
  /** Plural names that it touches, as RBAC has them, with their group: `apps/deployments`; a path for what is none. */
  readonly touches: readonly string[];
  readonly run: (api: KubernetesApi) => Promise<void>;
}

const namespace = "isthmus";
const touched = (kind: ResourceKind): string => `${groupOf(kind)}/${kind.plural}`;
const groupOf = ({ apiVersion }: ResourceKind): string => (apiVersion.includes("/") ? apiVersion.split("/")[0]! : "");

/** Lists and watches one kind as the inventory does, until the watch is open or refused. */
function inventoryOf(kind: ResourceKind): Exercise {
  return {
    name: `inventory of ${kind.apiVersion} ${kind.plural}`,
    // Calico's own API server asks about tiers on reading as well.
    touches: [touched(kind), `projectcalico.org/tier.${kind.plural}`],
    run: async (api) => {
      const stop = new AbortController();
      await new Promise<void>((resolve) => {
        const watching: KubernetesApi = {
          ...api,
          list: async (each, query) => {
            const answer = await api.list(each, query);
            if (!answer.ok) resolve();
            return answer;
          },
          watch: async (each, query) => {
            const answer = await api.watch(each, query);
            resolve();
            return answer;
          },
        };
        followInventory({
          api: watching,
          inventory: new Inventory(),
          kinds: [kind],
          clock: systemClock,
          random: Math.random,
          signal: stop.signal,
          log: pino({ level: "silent" }),
          restarted: () => undefined,
        });
      });
      stop.abort();
    },
  };
}

const rules = { tier: "permissions", order: 10, selector: "all()", types: ["Ingress"], ingress: [{ action: "Allow" }] };
const WRITTEN: readonly (readonly [ResourceKind, string, object, object])[] = [
  [CALICO_KINDS.tiers, "permissions-2", { order: 700 }, { order: 701 }],
  ...[
    CALICO_KINDS.networkPolicies,
    CALICO_KINDS.globalNetworkPolicies,
    CALICO_KINDS.stagedNetworkPolicies,
    CALICO_KINDS.stagedGlobalNetworkPolicies,
  ].map((kind) => [kind, "permissions.a", rules, { ...rules, order: 11 }] as const),
  [CALICO_KINDS.networkSets, "permissions", { nets: ["10.9.0.0/24"] }, { nets: ["10.9.1.0/24"] }],
  [CALICO_KINDS.globalNetworkSets, "permissions", { nets: ["10.9.0.0/24"] }, { nets: ["10.9.1.0/24"] }],
];

let runs = 0;

function plansFor(kind: ResourceKind, name: string): (spec: object | undefined, recordedUid: string) => Step {
  const metadata = { name, ...(kind.namespaced ? { namespace: "default" } : {}) };
  const manifest = (spec: object): Json => ({ apiVersion: kind.apiVersion, kind: kind.kind, metadata, spec }) as Json;
  const ref = { apiVersion: kind.apiVersion, kind: kind.kind, namespace: metadata.namespace ?? "", name };
  return (spec, recordedUid) =>
    stepsOf(
      create(DesiredStateSchema, {
        revision: 1n,
        upserts: spec === undefined ? [] : [{ ref, ...hashedBody(manifest(spec)), position: 1, recordedUid }],
        removals: spec === undefined ? [{ ref, recordedUid, position: 1 }] : [],
      }),
    )[0]!;
}

/** Creates, changes and removes one object of a kind, as the applier does it with a plan. */
function writing(
  [kind, name, first, second]: (typeof WRITTEN)[number],
  how: "server-side apply" | "replacing",
): Exercise {
  return {
    name: `${kind.plural} by ${how}`,
    touches: [touched(kind), `projectcalico.org/tier.${kind.plural}`, "projectcalico.org/tiers"],
    run: async (given) => {
      // As Calico's own API server answers where it knows no server-side apply.
      const api: KubernetesApi =
        how === "replacing" ? { ...given, apply: () => Promise.resolve(err(NOT_SUPPORTED)) } : given;
      const writer = new ResourceWriter(api);
      // Of its own each time: what could not be removed the last time is not in the way.
      const state = plansFor(kind, `${name}-${(runs += 1)}`);
      const step = async (spec: object | undefined, knownUid: string) =>
        (await executeStep(state(spec, knownUid), { api, writer, occasion: "apply", knownUid, clusterId: "c1" })).uid;
      const uid = await step(first, "");
      await step(second, uid);
      await step(undefined, uid);
    },
  };
}

const NOT_SUPPORTED: KubeError = { code: "not-supported", status: 415, message: "no apply", retryable: false };

async function renewLease(api: KubernetesApi): Promise<void> {
  const lease = await api.get(LEASE_KIND, { namespace, name: "isthmus-agent" });
  if (lease.ok)
    await api.update(LEASE_KIND, withRecord(lease.value, { ...leaseRecord(lease.value), durationSeconds: 15 }));
}

const GOLDMANE = {
  goldmaneTlsSecret: { namespace: "calico-system", name: "whisker-backend-key-pair" },
  goldmaneCa: { namespace: "calico-system", name: "goldmane-ca-bundle", kind: "ConfigMap" },
} as const;

/** Looks as `isthmus-agent doctor` does; gateways, spool and memory are no business of the API server's. */
const examination: readonly Exercise[] = [
  {
    name: "what there is of Calico",
    touches: [
      "/apis/*",
      "/nodes",
      "apps/deployments",
      "apps/daemonsets",
      "apiregistration.k8s.io/apiservices",
      "operator.tigera.io/installations",
      ...[CALICO_V3, CALICO_CRD].flatMap((version) =>
        [CALICO_KINDS.clusterInformations, CALICO_KINDS.felixConfigurations].map((kind) =>
          touched({ ...kind, apiVersion: version }),
        ),
      ),
    ],
    run: async (api) => void (await observeCalico(api)),
  },
  {
    name: "Goldmane's objects",
    touches: ["apps/deployments", "/services"],
    run: async (api) => void (await observeGoldmaneObjects(api)),
  },
  {
    name: "the cluster's ranges of addresses",
    touches: ["projectcalico.org/ippools", "/nodes", "networking.k8s.io/servicecidrs"],
    run: async (api) => void (await observeAddresses(api, true)),
  },
  {
    name: "the identity that is kept",
    touches: ["/secrets"],
    run: async (api) => {
      const given = { identitySecret: { namespace, name: "isthmus-agent-identity" }, grantId: "" };
      await observeIdentity(api, given, () => Promise.resolve(new Uint8Array()));
    },
  },
  {
    name: "which permissions there are",
    touches: ["authorization.k8s.io/selfsubjectaccessreviews"],
    run: async (api) =>
      void (await observePermissions(api, [{ use: "inventory", verb: "list", group: "", resource: "pods" }])),
  },
];

/** All that the agent does with the API server; its probes ask nothing of it. */
export const exercises: readonly Exercise[] = [
  {
    name: "the cluster's identity",
    touches: ["/namespaces"],
    run: async (api) => void (await api.get(CORE_KINDS.namespaces, { name: "kube-system" })),
  },
  { name: "the cluster's version", touches: ["/version"], run: async (api) => void (await api.serverVersion()) },
  { name: "how Calico is served", touches: ["/apis/*"], run: async (api) => void (await findCalicoApi(api)) },
  {
    name: "ranges of service addresses",
    touches: ["networking.k8s.io/servicecidrs"],
    run: async (api) => void (await findServiceCidrs(api)),
  },
  {
    name: "which writes are permitted",
    touches: ["authorization.k8s.io/selfsubjectaccessreviews"],
    run: async (api) => void (await forbiddenWrites(api)),
  },
  ...watchedKinds("projectcalico.org/v3").map(inventoryOf),
  ...watchedKinds(CALICO_CRD)
    .filter(({ apiVersion }) => apiVersion === CALICO_CRD)
    .map(inventoryOf),
  ...examination,
  ...WRITTEN.flatMap((each) => [writing(each, "server-side apply"), writing(each, "replacing")]),
  {
    name: "which Goldmane runs",
    touches: ["/pods"],
    run: async (api) => void (await findIncarnation(api).catch(() => undefined)),
  },
  {
    name: "the agent's identity",
    touches: ["/secrets"],
    run: async (api) => {
      const store = secretIdentityStore(api, { namespace, name: "isthmus-agent-identity" });
      await store.load();
      await store.keep(newIdentity());
    },
  },
  { name: "the lease", touches: ["coordination.k8s.io/leases"], run: renewLease },
  {
    name: "Goldmane's certificates",
    touches: ["/secrets", "/configmaps"],
    run: async (api) => void (await goldmaneTls(api, GOLDMANE)),
  },
];

/** The API, noting what the server forbids, in its own words. */
export function noting(api: KubernetesApi, forbidden: string[]): KubernetesApi {
  const note = async <T extends { readonly ok: boolean; readonly error?: KubeError }>(
    answer: Promise<T>,
  ): Promise<T> => {
    const given = await answer;
    if (given.error?.code === "forbidden") forbidden.push(given.error.message);
    return given;
  };
  return {
    get: (kind, name) => note(api.get(kind, name)),
    list: (kind, query) => note(api.list(kind, query)),
    watch: (kind, query) => note(api.watch(kind, query)),
    create: (kind, object: KubeObject, options) => note(api.create(kind, object, options)),
    update: (kind, object, options) => note(api.update(kind, object, options)),
    apply: (kind, object, options) => note(api.apply(kind, object, options)),
    remove: (kind, name, uid) => note(api.remove(kind, name, uid)),
    serverVersion: () => note(api.serverVersion()),
    servedResources: (apiVersion) => note(api.servedResources(apiVersion)),
    mayI: (question) => note(api.mayI(question)),
    serverTime: () => note(api.serverTime()),
    close: () => api.close(),
  };
}
