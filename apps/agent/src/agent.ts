import { hostname } from "node:os";
import { backoffDelayMs, type Clock, type Result } from "@isthmus/std";
import { CORE_KINDS, type KubernetesApi } from "@isthmus/k8s";
import {
  ApplyState,
  CAPABILITIES,
  canonicalJson,
  type AgentCloseReason,
  type ClusterFacts,
  type Json,
  type ResourceResult,
  type Welcome,
} from "@isthmus/protocol";
import type { Logger } from "pino";
import { Applier } from "./appliers/applier";
import { checkRegularly } from "./appliers/check-regularly";
import type { AgentArguments } from "./arguments";
import { keepConnected } from "./connection/connect";
import { GatewayMarks } from "./connection/gateway-marks";
import type { SessionLanes } from "./connection/lanes";
import type { ProxySettings } from "./connection/proxy";
import { examine } from "./doctor/examine";
import { endedOrAborted } from "./ended-or-aborted";
import { Examiner } from "./doctor/examiner";
import type { AgentMetrics } from "./health/metrics";
import type { IdentityStore } from "./identity/secret-identity-store";
import { createProber } from "./probe/create-prober";
import type { Prober } from "./probe/prober";
import { createSource } from "./sources/create-source";
import { WatchedGoldmane } from "./sources/goldmane/find-incarnation";
import type { WorkloadOf } from "./sources/goldmane/flow-reader";
import {
  FactsFromInventory,
  factsMessage,
  findCalicoApi,
  findServiceCidrs,
  forbiddenWrites,
} from "./sources/kubernetes/cluster-facts";
import { followInventory, type InventoryWatches } from "./sources/kubernetes/follow-inventory";
import { Inventory } from "./sources/kubernetes/inventory";
import { watchedKinds, type CalicoApi } from "./sources/kubernetes/watched-kinds";
import { WorkloadIndex } from "./sources/kubernetes/workload-index";
import type { CursorDoubt } from "./spool/cursor-doubt";
import type { Spool } from "./spool/spool";

/** Everything outside the agent, built by main. */
export interface AgentWorld {
  readonly arguments: AgentArguments;
  readonly version: string;
  readonly api: KubernetesApi;
  readonly identities: IdentityStore;
  readonly spool: Spool;
  /** Open where another replica may have sent evidence since the spool's cursor was written. */
  readonly cursorDoubt: Pick<CursorDoubt, "isOpen" | "settle">;
  readonly metrics: AgentMetrics;
  readonly readGrant: () => Promise<Uint8Array>;
  readonly readCa: () => Promise<string | undefined>;
  readonly proxies: ProxySettings;
  readonly clock: Clock;
  readonly random: () => number;
  readonly randomBytes: (count: number) => Uint8Array;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** Ends the process, to be started anew. */
  readonly startAnew: (why: string) => void;
}

const STARTING = { baseMs: 500, maxMs: 15_000 };
const FACTS_MS = 2_000;
const PERMISSIONS_MS = 120_000;
const PUMP_DELAY_MS = 20;

/**
 * The agent: sources feed the inventory and the spool, the connection carries both to a gateway, and what the gateway
 * desires goes to the applier.
 *
 *   Kubernetes ─ watches ─▶ inventory ─┐                 ┌─▶ applier ─▶ Kubernetes
 *                                      ├─ connection ────┤
 *   Goldmane ── stream ──▶ spool ──────┘   (to a gateway) └── reports
 */
export class Agent {
  readonly #world: AgentWorld;
  readonly #inventory = new Inventory();
  readonly #workloads = new WorkloadIndex();
  readonly #found = new FactsFromInventory();
  readonly #goldmane = new WatchedGoldmane();
  readonly #applier: Applier;
  readonly #examiner: Examiner;
  readonly #prober: Prober;
  #watches: InventoryWatches | undefined;
  #calicoApi: CalicoApi = "";
  /** As the gateway names this cluster. */
  #clusterId = "";
  #kubernetesVersion = "";
  #serviceCidrs: readonly string[] = [];
  #forbiddenWrites: readonly string[] = [];
  #goldmaneState = "not connected yet";
  #lanes: SessionLanes | undefined;
  #synced = false;
  #refusal = "";
  #sentFacts = "";
  #pumping: NodeJS.Timeout | undefined;
  readonly #marks = new GatewayMarks();

  constructor(world: AgentWorld) {
    this.#world = world;
    const { api, clock, random, log } = world;
    this.#examiner = new Examiner({
      examine: () => examine(world),
      agentVersion: world.version,
      examined: () => this.#lanes?.sendExamination(),
      clock,
      log,
    });
    this.#applier = new Applier({
      api,
      clock,
      random,
      clusterId: () => this.#clusterId,
      readOnly: () => this.#calicoApi === "crd.projectcalico.org/v1",
      report: (revision, results) => this.#report(revision, results),
    });
    this.#prober = createProber(world, (result) => this.#lanes?.reportProbe(result));
  }

  /** True while a gateway takes what is sent. */
  get inSession(): boolean {
    return this.#lanes !== undefined;
  }

  /** Why the agent is not ready; empty when it is. */
  notReady(): string {
    if (this.#lanes === undefined) return `no session with a gateway${this.#refusal}`;
    return this.#synced ? "" : "the first sync is not complete";
  }

  /** How many resources the inventory holds. */
  get resources(): number {
    return this.#inventory.size;
  }

  /** Works until the signal aborts. */
  async run(): Promise<void> {
    const { signal, log } = this.#world;
    const clusterUid = await this.#insist("the cluster's identity", () => this.#clusterUid());
    const identity = await this.#insist("the agent's identity", () => this.#world.identities.load());
    await this.#insist("the cluster's version", () => this.#findVersions());
    if (clusterUid === undefined || identity === undefined) return;
    await this.#watch();
    if (signal.aborted) return;
    log.info(
      { resources: this.#inventory.size, calico: this.#calicoApi, key: identity.key.id },
      "the inventory is read",
    );
    await Promise.all([
      this.#applier.run(signal),
      checkRegularly({ ...this.#world, check: () => this.#applier.checkAll() }),
      this.#follow(),
      this.#refreshPermissions(),
      this.#watchFacts(),
      this.#examiner.run(signal),
      keepConnected(this.#connectOptions(clusterUid, identity)),
    ]);
  }

  /** Repeats what must succeed before anything else makes sense. */
  async #insist<T>(
    what: string,
    attempt: () => Promise<Result<T, { readonly message: string }>>,
  ): Promise<T | undefined> {
    const { clock, random, signal, log } = this.#world;
    for (let attempts = 0; !signal.aborted; attempts += 1) {
      const answer = await attempt();
      if (answer.ok) return answer.value;
      log.error(`cannot read ${what}: ${answer.error.message}`);
      await clock.sleep(100 + backoffDelayMs(STARTING, attempts, random()), signal).catch(() => undefined);
    }
    return undefined;
  }

  async #clusterUid(): Promise<Result<string, { readonly message: string }>> {
    const found = await this.#world.api.get(CORE_KINDS.namespaces, { name: "kube-system" });
    if (!found.ok) return found;
    return { ok: true, value: found.value.metadata.uid ?? "" };
  }

  async #findVersions(): Promise<Result<void, { readonly message: string }>> {
    const { api } = this.#world;
    const version = await api.serverVersion();
    if (!version.ok) return version;
    const calico = await findCalicoApi(api);
    if (calico === undefined) return { ok: false, error: { message: "the API server does not tell what it serves" } };
    this.#kubernetesVersion = version.value;
    this.#calicoApi = calico;
    this.#serviceCidrs = await findServiceCidrs(api);
    return { ok: true, value: undefined };
  }

  async #watch(): Promise<void> {
    const { api, clock, random, signal, log, metrics } = this.#world;
    this.#inventory.listen({
      upserted: (text, object) => {
        this.#workloads.learn(object);
        this.#found.upserted(text, object);
        this.#goldmane.upserted(text, object);
        this.#applier.noticed(text, object);
        this.#pumpSoon();
      },
      deleted: (text, ref) => {
        this.#found.deleted(text);
        this.#goldmane.deleted(text, ref);
        this.#applier.noticed(text, undefined);
        this.#pumpSoon();
      },
    });
    this.#watches = followInventory({
      api,
      inventory: this.#inventory,
      kinds: watchedKinds(this.#calicoApi),
      clock,
      random,
      signal,
      log,
      restarted: (kind) => metrics.watchRestarts.inc({ kind: kind.kind }),
    });
    await endedOrAborted(this.#watches.settled, signal);
  }

  #connectOptions(
    clusterUid: string,
    identity: Parameters<IdentityStore["keep"]>[0],
  ): Parameters<typeof keepConnected>[0] {
    const { arguments: given, spool, log, metrics, identities } = this.#world;
    let kept = identity.credential?.id;
    return {
      ...this.#world,
      gateways: given.gateways,
      pins: given.pins,
      grantId: given.grantId,
      identity,
      keepIdentity: async (changed) => {
        await this.#insist("or keep the credential", () => identities.keep(changed));
        log.info({ credential: changed.credential?.id }, "the credential is kept");
        // The first examination comes before the first credential, and said that there is none.
        if (changed.credential?.id !== kept) this.#examiner.again();
        kept = changed.credential?.id;
      },
      clusterUid,
      agentVersion: this.#world.version,
      instance: given.instance || hostname(),
      capabilities: CAPABILITIES.filter((each) => each !== "probes" || given.probes),
      lanes: {
        inventory: this.#inventory,
        evidence: spool,
        facts: () => this.#facts(),
        examination: () => this.#examiner.latest,
        examine: (number) => this.#examiner.ask(number),
        desired: (state) => this.#applier.receive(state),
        heldRevision: () => this.#applier.revision,
        probe: (orders) => this.#prober.order(orders),
      },
      spool: () => spool.waiting,
      leaves: () => (this.#marks.wantsAnotherSession ? "the gateway could not tell what it has of the evidence" : ""),
      events: {
        opened: (lanes, welcome) => this.#opened(lanes, welcome),
        synced: () => {
          this.#synced = true;
          metrics.synced.set(1);
        },
        closed: (reason) => this.#closed(reason),
        roundTrip: (ms) => metrics.roundTripSeconds.set(ms / 1_000),
      },
    };
  }

  #opened(lanes: SessionLanes, welcome: Welcome): void {
    this.#lanes = lanes;
    this.#synced = false;
    this.#sentFacts = factsText(this.#facts());
    this.#clusterId = welcome.clusterId;
    this.#marks.welcomed(welcome);
    this.#world.metrics.sessionOpen.set(1);
  }

  #closed(reason: AgentCloseReason): void {
    this.#refusal = reason.kind === "refused" ? `: ${reason.refused.code}, ${reason.refused.message}` : "";
    this.#lanes = undefined;
    this.#synced = false;
    this.#inventory.stopRecording();
    const { metrics } = this.#world;
    metrics.sessionOpen.set(0);
    metrics.synced.set(0);
    metrics.sessionsEnded.inc({ reason: reason.kind });
  }

  #report(revision: bigint, results: readonly ResourceResult[]): void {
    for (const { state } of results) this.#world.metrics.applyResults.inc({ state: ApplyState[state].toLowerCase() });
    this.#lanes?.report(revision, results);
  }

  /** Sends soon, so that changes that come together travel together. */
  #pumpSoon(): void {
    if (this.#lanes === undefined || this.#pumping !== undefined) return;
    this.#pumping = setTimeout(() => {
      this.#pumping = undefined;
      this.#lanes?.pump();
    }, PUMP_DELAY_MS);
  }

  #facts(): ClusterFacts {
    const unread = this.#watches?.forbidden() ?? [];
    return factsMessage({
      kubernetesVersion: this.#kubernetesVersion,
      calicoVersion: this.#found.calicoVersion,
      calicoApi: this.#calicoApi,
      podCidrs: this.#found.podCidrs,
      serviceCidrs: this.#serviceCidrs,
      goldmane: this.#goldmaneState,
      missingPermissions: [...unread, ...this.#forbiddenWrites],
      readKinds: this.#watches?.read() ?? [],
    });
  }

  /** Sends facts again when they have changed. */
  async #watchFacts(): Promise<void> {
    const { clock, signal } = this.#world;
    while (!signal.aborted) {
      await clock.sleep(FACTS_MS, signal).catch(() => undefined);
      const text = factsText(this.#facts());
      if (this.#lanes === undefined || text === this.#sentFacts) continue;
      this.#sentFacts = text;
      this.#lanes.sendFacts();
    }
  }

  async #refreshPermissions(): Promise<void> {
    const { api, clock, signal } = this.#world;
    while (!signal.aborted) {
      this.#forbiddenWrites = await forbiddenWrites(api);
      const calico = await findCalicoApi(api);
      if (calico !== undefined && calico !== this.#calicoApi) {
        this.#world.startAnew(`Calico's kinds are served by \`${calico}\` now, not by \`${this.#calicoApi}\``);
      }
      await clock.sleep(PERMISSIONS_MS, signal).catch(() => undefined);
    }
  }

  async #follow(): Promise<void> {
    const { spool, metrics, cursorDoubt, signal, log } = this.#world;
    const workloadOf: WorkloadOf = (namespace, name) => this.#workloads.workloadOf(namespace, name);
    const source = createSource(this.#world, { goldmane: this.#goldmane, workloadOf });
    if (source === undefined) {
      this.#goldmaneState = "not asked for: --goldmane is empty";
      return;
    }
    log.info({ source: source.kind, knows: source.knows }, "following a source of flows");
    await source.follow({
      sink: spool,
      // Where another replica has worked meanwhile, only the gateway knows how far it came.
      marks: (needed) => this.#marks.get(needed || cursorDoubt.isOpen, signal),
      events: {
        state: (state) => {
          this.#goldmaneState = state;
          metrics.goldmaneConnected.set(state === "connected" ? 1 : 0);
        },
        resumed: () => cursorDoubt.settle(),
        closedWindow: (rows) => {
          metrics.bucketsStreamed.inc();
          metrics.flowsStreamed.inc(rows);
          this.#pumpSoon();
        },
        reconciled: (rows) => {
          metrics.bucketsReconciled.inc();
          metrics.flowsRestated.inc(rows);
          this.#pumpSoon();
        },
        faulty: (fault) => metrics.flowFaults.inc({ fault }),
        unreconciled: (windows) => metrics.bucketsUnreconciled.inc(windows),
        lost: (ranges) => {
          for (const { from, to, reason } of ranges) metrics.lostSeconds.inc({ reason }, to - from);
        },
      },
      signal,
    });
  }
}

// INVARIANT: a message without big integers and bytes is JSON.
const factsText = (facts: ClusterFacts): string => canonicalJson({ ...facts } as unknown as Json);
