import { randomBytes, randomUUID } from "node:crypto";
import { create, fromBinary } from "@bufbuild/protobuf";
import {
  CredentialIssuedSchema,
  DesiredStateSchema,
  EvidenceAckSchema,
  EvidenceMarkSchema,
  ExamineSchema,
  FlowBatchSchema,
  InventoryAckSchema,
  InventoryWantedSchema,
  WelcomeSchema,
  acceptGatewaySession,
  batchId,
  chunkOf,
  decodeAgentFrame,
  differingChunks,
  encodeGatewayFrame,
  generateLinkKey,
  hashedBody,
  inventoryDigests,
  refText,
  stepGatewaySession,
  type AgentLaneBody,
  type ApplyReport,
  type ClusterFacts,
  type CredentialIssued,
  type EvidenceMark,
  type Examination,
  type FlowBatch,
  type GapRecord,
  type GatewayBody,
  type GatewaySession,
  type GatewaySessionInput,
  type Hello,
  type Json,
  type Proof,
  type RefusalCode,
  type ResourceResult,
  type ResourceState,
} from "@isthmus/protocol";
import { WebSocketServer, type WebSocket } from "ws";

/** A resource as a test wants it in the cluster. */
export interface WantedManifest {
  readonly manifest: Json & { readonly apiVersion: string; readonly kind: string };
  readonly position: number;
  readonly recordedUid?: string;
}

/**
 * A gateway that speaks the real protocol over real WebSockets and keeps in memory what the real one keeps in its
 * stores, so that tests can say what it acknowledges and when.
 */
export class LinkGateway {
  key = generateLinkKey();
  readonly clusterId = randomUUID();
  readonly grant = { id: randomUUID(), secret: "grant-secret" };
  readonly inventory = new Map<string, ResourceState>();
  readonly batches = new Map<string, FlowBatch>();
  /** Every batch as often as it came, by its identity. */
  readonly received: string[] = [];
  readonly restatements: FlowBatch[] = [];
  readonly gaps: GapRecord[] = [];
  readonly results = new Map<string, ResourceResult>();
  readonly reports: ApplyReport[] = [];
  readonly examinations: Examination[] = [];
  readonly hellos: Hello[] = [];
  readonly proofs: Proof[] = [];
  readonly refusals: RefusalCode[] = [];
  facts: ClusterFacts | undefined;
  syncs = 0;
  renewals = 0;
  acknowledges = true;
  nextKeyIds: string[] = [];
  marks: EvidenceMark[] = [];
  /** Tells, in place of `marks`, how far it has what came. */
  tellsMarks = false;
  /** Sessions that opened and ended, in order: `open a`, `end a`. */
  readonly history: string[] = [];
  /** Refuses every claim with this code. */
  refuseWith: RefusalCode | undefined;
  #credential: { id: string; publicKey: Uint8Array; clusterUid: string } | undefined;
  #server: WebSocketServer | undefined;
  #open: GatewayEnd | undefined;
  readonly #instances = new Map<GatewayEnd, string>();
  #term = 0n;
  #desiredRevision = 0n;

  async listen(): Promise<string> {
    const server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
    this.#server = server;
    server.on("connection", (socket) => new GatewayEnd(this, socket));
    await new Promise<void>((resolve) => server.once("listening", resolve));
    const address = server.address();
    return `ws://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
  }

  /** Ends every connection, as a gateway that dies does. */
  drop(): void {
    for (const client of this.#server?.clients ?? []) client.terminate();
  }

  drain(): void {
    this.#open?.step({ kind: "drain", reason: "test" });
  }

  close(): Promise<void> {
    this.drop();
    return new Promise((resolve) => this.#server?.close(() => resolve()));
  }

  names(kind: string): readonly string[] {
    return [...this.inventory.values()].flatMap(({ ref }) => (ref?.kind === kind ? [ref.name] : [])).toSorted();
  }

  /** Sends a desired state; complete where `base` is 0. */
  desire(
    upserts: readonly WantedManifest[],
    removals: readonly { readonly text: string; readonly recordedUid: string }[] = [],
    base = 0n,
  ): bigint {
    this.#desiredRevision += 1n;
    const value = create(DesiredStateSchema, {
      revision: this.#desiredRevision,
      baseRevision: base,
      upserts: upserts.map(({ manifest, position, recordedUid }) => {
        const { namespace = "", name } = (manifest as unknown as { metadata: { namespace?: string; name: string } })
          .metadata;
        const ref = { apiVersion: manifest.apiVersion, kind: manifest.kind, namespace, name };
        const known = this.results.get(refText(ref))?.uid ?? "";
        return { ref, ...hashedBody(manifest), position, recordedUid: recordedUid ?? known };
      }),
      removals: removals.map(({ text, recordedUid }, index) => {
        const [apiVersion = "", kind = "", namespace = "", name = ""] = text.split("|");
        return { ref: { apiVersion, kind, namespace, name }, recordedUid, position: 100 + index };
      }),
    });
    this.#open?.send({ case: "desired", value });
    return this.#desiredRevision;
  }

  get open(): boolean {
    return this.#open !== undefined;
  }

  /** How many sessions were ever opened. A session that ends may be followed by the next one before anybody looks. */
  get sessions(): number {
    return Number(this.#term);
  }

  /** Asks for an examination. */
  examine(number: bigint): void {
    this.#open?.send({ case: "examine", value: create(ExamineSchema, { number }) });
  }

  /** Called by an end whose proof is good. */
  admit(end: GatewayEnd, hello: Hello, proof: Proof): void {
    this.hellos.push(hello);
    this.proofs.push(proof);
    const refusal = this.refuseWith ?? this.#refusalOf(hello, proof);
    if (refusal !== undefined) {
      this.refusals.push(refusal);
      end.step({ kind: "refuse", code: refusal });
      return;
    }
    const redeemed = hello.claim.case === "grantId";
    if (redeemed) {
      this.#credential = { id: randomUUID(), publicKey: hello.publicKey, clusterUid: hello.clusterUid };
    }
    this.#term += 1n;
    this.#open = end;
    this.#instances.set(end, hello.instance);
    this.history.push(`open ${hello.instance}`);
    // Beyond its half-life from the start, so that it is renewed at once.
    const credential = this.#issued(-1_800_000);
    const welcome = create(WelcomeSchema, {
      sessionId: randomUUID(),
      leaseTerm: this.#term,
      clusterId: this.clusterId,
      clusterName: "test",
      heartbeatMs: 5_000,
      serverTimeMs: BigInt(Date.now()),
      evidenceMarks: this.tellsMarks ? this.#durable() : this.marks,
      maxFrameBytes: 4 * 1024 * 1024,
      evidenceWindow: 8,
      ...(redeemed ? { credential } : {}),
    });
    end.step({ kind: "admitted", welcome });
  }

  ended(end: GatewayEnd): void {
    if (this.#open === end) this.#open = undefined;
    const instance = this.#instances.get(end);
    if (instance !== undefined) this.history.push(`end ${instance}`);
  }

  /** Takes a frame of a lane in, as the real gateway's lanes do. */
  deliver(end: GatewayEnd, body: AgentLaneBody): void {
    switch (body.case) {
      case "inventoryDigest": {
        const ours = [...this.inventory.values()].flatMap(({ ref, hash }) => (ref ? [{ ref, hash }] : []));
        const chunks = [...differingChunks(body.value.chunkDigests, inventoryDigests(ours))];
        end.send({ case: "inventoryWanted", value: create(InventoryWantedSchema, { chunks }) });
        return;
      }
      case "inventoryChunk":
        for (const [text, { ref }] of this.inventory)
          if (ref && chunkOf(ref) === body.value.chunk) this.inventory.delete(text);
        for (const state of body.value.resources) this.#keep(state);
        return;
      case "inventoryDelta":
        for (const ref of body.value.deletes) this.inventory.delete(refText(ref));
        for (const state of body.value.upserts) this.#keep(state);
        end.send({ case: "inventoryAck", value: create(InventoryAckSchema, { sequence: body.value.sequence }) });
        return;
      case "syncComplete":
        this.syncs += 1;
        end.send({ case: "inventoryAck", value: create(InventoryAckSchema, { sequence: 0n }) });
        return;
      case "clusterFacts":
        this.facts = body.value;
        return;
      case "examination":
        this.examinations.push(body.value);
        return;
      case "probeReport":
        // Nothing is ordered here: probes have a test of their own.
        return;
      case "applyReport":
        this.reports.push(body.value);
        for (const result of body.value.results) if (result.ref) this.results.set(refText(result.ref), result);
        return;
      case "evidence": {
        const { content, sequence } = body.value;
        if (content.case === "flows") {
          const flows = fromBinary(FlowBatchSchema, content.value);
          if (flows.restatedAtMs > 0n) this.restatements.push(flows);
          else {
            const id = batchId(this.clusterId, flows);
            this.received.push(id);
            if (this.acknowledges) this.batches.set(id, flows);
          }
        }
        if (content.case === "gap" && this.acknowledges) this.gaps.push(content.value);
        if (this.acknowledges) end.send({ case: "evidenceAck", value: create(EvidenceAckSchema, { sequence }) });
        return;
      }
      case "renew":
        this.renewals += 1;
        if (this.#credential) this.#credential = { ...this.#credential, id: randomUUID() };
        end.send({ case: "credential", value: this.#issued(3_600_000) });
        return;
    }
  }

  get credentialId(): string {
    return this.#credential?.id ?? "";
  }

  #durable(): EvidenceMark[] {
    const through = new Map<string, bigint>();
    for (const { incarnation, bucketStart } of this.batches.values()) {
      const end = bucketStart + 15n;
      if (end > (through.get(incarnation) ?? 0n)) through.set(incarnation, end);
    }
    return [...through].map(([incarnation, durableThrough]) =>
      create(EvidenceMarkSchema, { incarnation, durableThrough }),
    );
  }

  #issued(ageMs: number): CredentialIssued {
    const issuedAtMs = Date.now() + Math.min(0, ageMs);
    return create(CredentialIssuedSchema, {
      credentialId: this.credentialId,
      issuedAtMs: BigInt(issuedAtMs),
      expiresAtMs: BigInt(issuedAtMs + 3_500_000),
    });
  }

  #keep(state: ResourceState): void {
    if (state.ref) this.inventory.set(refText(state.ref), state);
  }

  #refusalOf(hello: Hello, proof: Proof): RefusalCode | undefined {
    if (hello.claim.case === "grantId") {
      if (hello.claim.value !== this.grant.id) return "grant-unknown";
      return Buffer.from(proof.grantSecret).toString() === this.grant.secret ? undefined : "grant-unknown";
    }
    const known = this.#credential;
    if (known === undefined || hello.claim.value !== known.id) return "credential-unknown";
    if (Buffer.compare(known.publicKey, hello.publicKey) !== 0) return "bad-proof";
    return known.clusterUid === hello.clusterUid ? undefined : "wrong-cluster";
  }
}

/** One connection of a LinkGateway: the protocol's own session machine on a socket. */
class GatewayEnd {
  readonly #gateway: LinkGateway;
  readonly #socket: WebSocket;
  #session: GatewaySession = acceptGatewaySession(Date.now());

  constructor(gateway: LinkGateway, socket: WebSocket) {
    this.#gateway = gateway;
    this.#socket = socket;
    socket.on("message", (data: Buffer) => {
      const frame = decodeAgentFrame(data);
      if (frame.ok) this.step({ kind: "frame", body: frame.value });
    });
    socket.on("close", () => {
      this.step({ kind: "socket-closed" });
      gateway.ended(this);
    });
  }

  send(body: GatewayBody): void {
    const frame = encodeGatewayFrame(body);
    if (frame.ok && this.#socket.readyState === this.#socket.OPEN) this.#socket.send(frame.value);
  }

  step(input: GatewaySessionInput): void {
    const { key, nextKeyIds } = this.#gateway;
    const { session, outputs } = stepGatewaySession(this.#session, input, {
      nowMs: Date.now(),
      identity: { key, nextKeyIds, capabilities: ["desired-diff", "evidence-gaps"] },
      nonce: () => randomBytes(32),
    });
    this.#session = session;
    for (const output of outputs) {
      if (output.kind === "send") this.send(output.body);
      if (output.kind === "admit") this.#gateway.admit(this, output.hello, output.proof);
      if (output.kind === "deliver") this.#gateway.deliver(this, output.body);
      if (output.kind === "close") this.#socket.close();
    }
  }
}
