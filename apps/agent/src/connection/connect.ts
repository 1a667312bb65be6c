import { create } from "@bufbuild/protobuf";
import type { Clock } from "@isthmus/std";
import {
  HelloSchema,
  NONCE_BYTES,
  PROTOCOL_VERSIONS,
  keyId,
  type AgentCloseReason,
  type Capability,
  type Challenge,
  type CredentialIssued,
  type Hello,
  type Welcome,
} from "@isthmus/protocol";
import type { Logger } from "pino";
import { credentialOf, isDueForRenewal, type Identity } from "../identity/identity";
import { claimsOf, type Claim } from "./claims";
import { SessionLanes, type LaneParts } from "./lanes";
import type { ProxySettings } from "./proxy";
import { createRedial, type Redial } from "./redial";
import { runSession, type OpenedSession, type SessionEnd } from "./session";

/** What keeping a connection needs. */
export interface ConnectOptions {
  readonly gateways: readonly string[];
  readonly pins: readonly string[];
  readonly grantId: string;
  /** Read anew for each attempt: the grant may come later than the agent. */
  readonly readGrant: () => Promise<Uint8Array>;
  readonly readCa: () => Promise<string | undefined>;
  readonly proxies: ProxySettings;
  readonly identity: Identity;
  readonly keepIdentity: (identity: Identity) => Promise<void>;
  readonly clusterUid: string;
  readonly agentVersion: string;
  readonly instance: string;
  readonly capabilities: readonly Capability[];
  readonly lanes: Omit<LaneParts, "send" | "writable" | "credential" | "synced" | "capabilities">;
  readonly spool: () => { readonly bytes: number; readonly batches: number };
  /** Why the session is to be left for another; empty while it is not. */
  readonly leaves: () => string;
  readonly events: ConnectionEvents;
  readonly clock: Clock;
  readonly random: () => number;
  readonly randomBytes: (count: number) => Uint8Array;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/** Who is told how the connection stands. */
export interface ConnectionEvents {
  opened(lanes: SessionLanes, welcome: Welcome): void;
  synced(): void;
  closed(reason: AgentCloseReason): void;
  roundTrip(ms: number): void;
}

const RENEW_RETRY_MS = 60_000;

/** Keeps one session with one of the gateways, for as long as the signal lets it. */
export async function keepConnected(options: ConnectOptions): Promise<void> {
  await new Connector(options).run();
}

class Connector {
  readonly #options: ConnectOptions;
  #identity: Identity;
  readonly #redial: Redial;
  #renewAskedAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: ConnectOptions) {
    this.#options = options;
    this.#identity = options.identity;
    this.#redial = createRedial(options.random);
  }

  async run(): Promise<void> {
    const { signal, clock } = this.#options;
    while (!signal.aborted) {
      for (const url of shuffled(this.#options.gateways, this.#options.random)) {
        const end = await this.#session(url);
        if (signal.aborted) return;
        const delayMs = this.#redial.delayAfter(end.reason, claimsOf(this.#identity, this.#options.grantId).length);
        if (delayMs === 0) continue;
        await clock.sleep(delayMs, signal).catch(() => undefined);
      }
    }
  }

  async #session(url: string): Promise<SessionEnd> {
    const options = this.#options;
    const claims = claimsOf(this.#identity, options.grantId);
    const claim = claims[this.#redial.turn % Math.max(1, claims.length)];
    const grant = claim?.kind === "grant" ? await readable(options.readGrant()) : new Uint8Array(0);
    if (claim === undefined || grant === undefined) {
      const detail =
        "there is no credential, and no grant that can be read: apply the manifest that the cluster's page shows";
      options.log.error(detail);
      return { reason: { kind: "socket-closed" }, detail };
    }
    const grantSecret = grant;
    const hello = this.#hello(claim);
    const end = await runSession({
      target: { url, ca: await readable(options.readCa()), proxies: options.proxies },
      hello,
      context: () => ({
        nowMs: options.clock.now(),
        key: this.#identity.key,
        pinnedKeyIds: trustedKeyIds(this.#identity, options),
        grantSecret,
      }),
      spool: options.spool,
      leaves: options.leaves,
      opened: (opened) => this.#opened(url, opened),
      ticked: (lanes) => this.#renewInTime(lanes),
      roundTrip: (ms) => options.events.roundTrip(ms),
      signal: options.signal,
    });
    options.events.closed(end.reason);
    this.#logEnd(url, claim, end);
    return end;
  }

  #hello(claim: Claim): Hello {
    const options = this.#options;
    return create(HelloSchema, {
      versions: [...PROTOCOL_VERSIONS],
      capabilities: [...options.capabilities],
      agentVersion: options.agentVersion,
      nonce: options.randomBytes(NONCE_BYTES),
      publicKey: this.#identity.key.publicKey,
      clusterUid: options.clusterUid,
      instance: options.instance,
      claim: claim.kind === "grant" ? { case: "grantId", value: claim.id } : { case: "credentialId", value: claim.id },
    });
  }

  #opened(url: string, opened: OpenedSession): SessionLanes {
    const options = this.#options;
    const { welcome, challenge, send, writable } = opened;
    options.log.info({ url, cluster: welcome.clusterName, session: welcome.sessionId }, "connected to a gateway");
    this.#learn(welcome.credential, challenge);
    const lanes = new SessionLanes(
      {
        ...options.lanes,
        capabilities: challenge.capabilities,
        send,
        writable,
        credential: (issued) => this.#learn(issued, undefined),
        synced: () => {
          this.#redial.synced();
          options.log.info("the gateway has the whole inventory");
          options.events.synced();
        },
      },
      welcome,
    );
    options.events.opened(lanes, welcome);
    return lanes;
  }

  /** Keeps a new credential, and the keys that a gateway whose key is pinned says will come. */
  #learn(issued: CredentialIssued | undefined, challenge: Challenge | undefined): void {
    const before = this.#identity;
    const credential = issued === undefined ? before.credential : credentialOf(issued, this.#options.grantId);
    // The key in use stays trusted after the gateway has stopped to announce it.
    const announcedKeyIds =
      challenge === undefined ? before.announcedKeyIds : [keyId(challenge.publicKey), ...challenge.nextKeyIds];
    if (issued === undefined && announcedKeyIds.join() === before.announcedKeyIds.join()) return;
    this.#redial.learned();
    this.#identity = { ...before, credential, announcedKeyIds };
    void this.#options.keepIdentity(this.#identity);
  }

  #renewInTime(lanes: SessionLanes): void {
    const { credential } = this.#identity;
    const nowMs = this.#options.clock.now();
    if (credential === undefined || !isDueForRenewal(credential, nowMs)) return;
    if (nowMs - this.#renewAskedAtMs < RENEW_RETRY_MS) return;
    this.#renewAskedAtMs = nowMs;
    lanes.requestRenewal();
  }

  #logEnd(url: string, claim: Claim, { reason, detail }: SessionEnd): void {
    const { log } = this.#options;
    switch (reason.kind) {
      case "refused": {
        const { code, message, retryable } = reason.refused;
        log[retryable ? "warn" : "error"]({ url, code, shown: claim.kind }, `refused: ${message}`);
        break;
      }
      case "distrusted":
        log.error({ url, code: reason.error.code }, `not trusted: ${reason.error.message}`);
        break;
      case "out-of-order":
        log.error({ url }, `the link broke its rules: ${reason.message}`);
        break;
      case "silent":
        log.warn({ url }, "the gateway has fallen silent");
        break;
      case "drained":
        log.info({ url }, "the gateway is going away; dialling another");
        break;
      case "socket-closed":
        log.warn({ url, detail }, "the connection is closed");
        break;
    }
  }
}

/** The pins, and what gateways with a trusted key have announced; a new grant comes with pins of its own. */
function trustedKeyIds(
  { credential, announcedKeyIds }: Identity,
  { pins, grantId }: ConnectOptions,
): readonly string[] {
  const isSameGrant = grantId === "" || credential === undefined || credential.grantId === grantId;
  return isSameGrant ? [...pins, ...announcedKeyIds] : pins;
}

/** The contents of a file that may not be there. */
function readable<T>(reading: Promise<T>): Promise<T | undefined> {
  return reading.catch(() => undefined);
}

function shuffled<T>(items: readonly T[], random: () => number): readonly T[] {
  return items
    .map((item) => ({ item, place: random() }))
    .toSorted((a, b) => a.place - b.place)
    .map(({ item }) => item);
}
