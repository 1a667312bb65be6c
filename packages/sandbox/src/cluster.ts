import { existsSync } from "node:fs";
import * as path from "node:path";
import { createAuditor } from "./api/audit/auditor";
import { startAuditWebhook, type AuditCounts } from "./api/audit/webhook";
import type { ApiContext } from "./api/context";
import { withCalicoStorage } from "./api/calico-storage";
import { kindOfObject, registryOf } from "./api/registry";
import { resourceOf, type Kind } from "./api/kinds";
import { ListSnapshots } from "./api/list-snapshots";
import { startApiServer } from "./api/server";
import { ApiError } from "./api/status";
import { createObject } from "./api/write/create";
import type { WriteOptions } from "./api/write/options";
import { loadKeyMaterial, writePrivate, type KeyMaterial } from "./auth/key-material";
import { adminKubeconfig } from "./auth/kubeconfig";
import { readPrivateKey } from "./auth/pki";
import { Authorizer } from "./auth/rbac";
import { TokenIssuer } from "./auth/tokens";
import { AddressPool } from "./controllers/address-pool";
import type { Later } from "./controllers/runtime";
import { startControllers } from "./controllers/start";
import { objectsOf, stringOf, valueAt, type JsonObject } from "./json";
import type { ClusterScenario, SandboxCluster } from "./scenario-types";
import { apiServices, calicoDefinitions, replaceAll } from "./definitions";
import { startLife } from "./life/start";
import { ensure, systemObjects } from "./seed";
import { DurableStore, timestamp } from "./store/object-store";
import type { KubeObject } from "./store/types";

/** `setTimeout` takes no more; whoever waits longer looks at the clock again. */
const longestTimerMs = 2 ** 31 - 1;

/** What a cluster is started with. */
export interface ClusterOptions {
  readonly scenario: ClusterScenario;
  /** Place in the scenario. */
  readonly index: number;
  /** `<state>/<cluster>`. */
  readonly stateDir: string;
  readonly host: string;
  /** 0 for a free one; Goldmane's is the next. */
  readonly port: number;
  readonly externalImages: readonly string[];
  /** Draws the events of the cluster's life. */
  readonly seed?: number;
  readonly now: () => number;
  readonly newUid: () => string;
  readonly randomSuffix: (length: number) => string;
  readonly onError: (error: unknown) => void;
  /** The timers of controllers; the process's own unless told. */
  readonly later?: Later;
}

const systemLater: Later = (delayMs, task) => {
  const timer = setTimeout(task, Math.min(delayMs, longestTimerMs)).unref();
  return () => clearTimeout(timer);
};

/** A cluster that serves its API and runs its controllers. */
export interface RunningCluster {
  readonly cluster: SandboxCluster;
  readonly apiUrl: string;
  /** Path of the administrator's kubeconfig. */
  readonly kubeconfig: string;
  /** What became of the events for the audit webhook; all 0 without one. */
  auditCounts(): AuditCounts;
  close(): Promise<void>;
}

/** Opens a cluster's state, makes what a new cluster has, and starts its API server and controllers. */
export async function startSandboxCluster(options: ClusterOptions): Promise<RunningCluster> {
  const { scenario, stateDir, host, port, now, newUid } = options;
  const keys = await loadKeyMaterial(stateDir, scenario.name, now());
  const store = DurableStore.open({ dir: path.join(stateDir, "store"), now, newUid });
  try {
    const context = apiContext(options, store, keys);
    const controllers = startControllers(context, {
      later: systemLater,
      ...options,
      authority: keys.authority.certificate,
      pods: new AddressPool(scenario.podCidr),
      create: creator(context),
    });
    seed(options, context);
    const stopLife = startLife(
      { ...controllers.context, removePod: controllers.removePod, isExternalPod: context.isExternalPod },
      { scenario, index: options.index, seed: options.seed ?? 0 },
    );
    const audit = startAudit(options);
    const server = await startApiServer({
      context,
      audit: audit?.begin,
      serving: keys.serving,
      clientAuthority: keys.authority.certificate,
      host,
      port,
      onError: options.onError,
    });
    const apiUrl = `https://${host}:${server.port}`;
    const kubeconfig = path.join(stateDir, "kubeconfig");
    writePrivate(kubeconfig, adminKubeconfig(scenario.name, apiUrl, keys));
    const goldmaneListen = { host, port: port === 0 ? 0 : port + 1 };
    const { name, podCidr, serviceCidr } = scenario;
    const close = async () => {
      await server.close();
      stopLife();
      controllers.stop();
      await audit?.sink.close();
      store.close();
    };
    const auditCounts = () => audit?.sink.counts() ?? { queued: 0, sent: 0, dropped: 0 };
    const cluster = { name, podCidr, serviceCidr, store, stateDir, goldmaneListen };
    return { cluster, apiUrl, kubeconfig, auditCounts, close };
  } catch (error) {
    store.close();
    throw error;
  }
}

function startAudit({ scenario, now, onError }: ClusterOptions) {
  if (scenario.auditWebhook === undefined) return undefined;
  const sink = startAuditWebhook(scenario.auditWebhook, onError);
  const { policy } = scenario.auditWebhook;
  return { sink, begin: createAuditor({ policy, now, record: (event) => sink.record(event) }) };
}

function apiContext(options: ClusterOptions, store: DurableStore, keys: KeyMaterial): ApiContext {
  const { now, newUid, randomSuffix } = options;
  const kinds = registryOf(options.scenario.calicoApi ?? "native");
  return {
    store: kinds.calicoApi === "native" ? store : withCalicoStorage(store),
    kinds,
    authorizer: new Authorizer(store),
    tokens: new TokenIssuer(readPrivateKey(keys.tokenKey), store, now),
    snapshots: new ListSnapshots(),
    now,
    newUid,
    randomSuffix,
    serviceAddress: serviceAddresses(options.scenario.serviceCidr, store),
    isExternalPod: (pod) => isExternal(pod, options.externalImages),
  };
}

/** An image is external by its whole name or by its name without the tag. */
function isExternal(pod: KubeObject, externalImages: readonly string[]): boolean {
  const images = objectsOf(valueAt(pod, "spec", "containers")).map(({ image }) => stringOf(image));
  return images.some(
    (image) => externalImages.includes(image) || externalImages.includes(image.replace(/[:@][^/]*$/, "")),
  );
}

function serviceAddresses(cidr: string, store: DurableStore): (wanted: string) => string | undefined {
  const pool = new AddressPool(cidr);
  const addressOf = (service: KubeObject) => stringOf(valueAt(service, "spec", "clusterIP"));
  for (const service of store.list("services")) pool.claim(addressOf(service));
  store.subscribe("services", ({ type, object, previous }) => {
    const before = previous === undefined ? "" : addressOf(previous);
    if (type === "DELETED") pool.release(addressOf(object));
    else if (before !== addressOf(object)) pool.claim(addressOf(object));
  });
  return (wanted) => {
    if (wanted === "") {
      const address = pool.take();
      if (address !== undefined) pool.release(address);
      return address;
    }
    const free = pool.claim(wanted);
    if (free) pool.release(wanted);
    return free ? wanted : undefined;
  };
}

/** What Calico is given as `projectcalico.org/v3` its own tools store, also where the API server does not serve it. */
function kindIn({ kinds }: ApiContext, apiVersion: string, kind: string): Kind | undefined {
  return kinds.ofObject(apiVersion, kind) ?? kindOfObject(apiVersion, kind);
}

/** Creates objects as the controllers' own client would. */
function creator(context: ApiContext): (object: JsonObject) => void {
  return (object) => {
    const kind = kindIn(context, stringOf(object["apiVersion"]), stringOf(object["kind"]));
    if (!kind) throw new Error(`${stringOf(object["apiVersion"])} ${stringOf(object["kind"])} is not served`);
    const writer = {
      manager: "kube-controller-manager",
      subresource: "",
      apiVersion: stringOf(object["apiVersion"]),
      time: timestamp(context.now()),
    };
    const write: WriteOptions = { dryRun: false, fieldValidation: "Strict", writer };
    createObject({ context, kind }, object, write);
  };
}

/** INVARIANT: the mark is written last and each object is created only if absent, so an interrupted start goes on. */
function seed(options: ClusterOptions, context: ApiContext): void {
  const { scenario, stateDir, index, now, newUid } = options;
  replaceAll(context.store, "customresourcedefinitions.apiextensions.k8s.io", calicoDefinitions(context.kinds, now()));
  replaceAll(context.store, "apiservices.apiregistration.k8s.io", apiServices(context.kinds, now()));
  const mark = path.join(stateDir, "seeded");
  if (existsSync(mark)) return;
  ensure(context.store, systemObjects({ scenario, index, now: now(), newUid }));
  const create = creator(context);
  for (const manifest of scenario.manifests) {
    if (!isPresent(context, manifest)) createManifest(scenario.name, manifest, create);
  }
  writePrivate(mark, `${timestamp(now())}\n`);
}

function isPresent(context: ApiContext, { apiVersion, kind, metadata }: ClusterScenario["manifests"][number]): boolean {
  const known = kindIn(context, apiVersion, kind);
  if (!known) return false;
  const namespace = known.namespaced ? metadata.namespace : undefined;
  return context.store.get({ resource: resourceOf(known), namespace, name: metadata.name }) !== undefined;
}

function createManifest(
  cluster: string,
  manifest: ClusterScenario["manifests"][number],
  create: (object: JsonObject) => void,
): void {
  try {
    create({ ...manifest });
  } catch (cause) {
    if (!(cause instanceof ApiError)) throw cause;
    throw new Error(`${cluster}: ${manifest.kind} ${manifest.metadata.name} was refused: ${cause.message}`, { cause });
  }
}
