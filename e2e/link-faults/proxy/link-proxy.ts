import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";

/** What a proxy does to the connections that go through it, as toxiproxy calls it. */
export type Toxic =
  /** Ends every connection with RST, and goes on. */
  | { readonly kind: "cut" }
  /** Ends every connection with FIN, and goes on. */
  | { readonly kind: "close" }
  /** Takes no new connection and ends those that are there. */
  | { readonly kind: "refuse" }
  /** Half-open: what one side sends goes nowhere, and nobody is told. Up is from the client. */
  | { readonly kind: "stall-up" }
  | { readonly kind: "stall-down" }
  /** Each way of each connection. */
  | { readonly kind: "slow"; readonly bytesPerSecond: number }
  | { readonly kind: "latency"; readonly ms: number }
  /** A connection ends with RST once it has carried so many bytes, either way. */
  | { readonly kind: "limit"; readonly bytes: number };

type Way = "up" | "down";

interface Waiting {
  readonly chunk: Buffer;
  readonly dueAtMs: number;
}

/** What may wait in one way of a connection before its sender is held back: the proxy is no store of evidence. */
const MAX_WAITING_BYTES = 256 * 1024;
const STEP_MS = 10;
/** A slow link carries no more than this at once. */
const MOST_AT_ONCE_MS = 50;

/** A TCP proxy in front of one server, whose connections can be made to suffer; loopback only. */
export class LinkProxy {
  readonly #targetPort: number;
  readonly #server: Server;
  readonly #connections = new Set<Connection>();
  #toxics: readonly Toxic[] = [];
  /** Latency that stays when everything is healed: it stretches what would be over before a fault comes. */
  #baseLatencyMs = 0;

  constructor(targetPort: number) {
    this.#targetPort = targetPort;
    this.#server = createServer({ allowHalfOpen: true }, (client) => this.#accept(client));
  }

  /** Listens on a free port and answers with it. */
  async listen(): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(0, "127.0.0.1", resolve);
    });
    // INVARIANT: a server that listens on TCP has an AddressInfo.
    return (this.#server.address() as AddressInfo).port;
  }

  /** How many connections are open. */
  get connections(): number {
    return this.#connections.size;
  }

  set baseLatencyMs(ms: number) {
    this.#baseLatencyMs = ms;
  }

  /** Adds a toxic; what is open feels it at once. */
  add(toxic: Toxic): void {
    if (toxic.kind === "cut") return this.#each((connection) => connection.cut());
    if (toxic.kind === "close") return this.#each((connection) => connection.end());
    this.#toxics = [...this.#toxics, toxic];
    if (toxic.kind === "refuse") this.#each((connection) => connection.cut());
  }

  /** Takes a toxic away. What stalled goes on, as after a partition that healed. */
  remove(toxic: Toxic): void {
    this.#toxics = this.#toxics.filter((each) => each !== toxic);
    this.#each((connection) => connection.pump());
  }

  /** Takes every toxic away. */
  heal(): void {
    this.#toxics = [];
    this.#each((connection) => connection.pump());
  }

  /** Ends every connection and stops listening. */
  async close(): Promise<void> {
    this.#each((connection) => connection.cut());
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #each(work: (connection: Connection) => void): void {
    for (const connection of this.#connections) work(connection);
  }

  #accept(client: Socket): void {
    if (this.#toxics.some(({ kind }) => kind === "refuse")) return void client.resetAndDestroy();
    const server = connect({ port: this.#targetPort, host: "127.0.0.1", allowHalfOpen: true });
    const rules = (): Rules => rulesOf(this.#toxics, this.#baseLatencyMs);
    const connection = new Connection(client, server, rules);
    this.#connections.add(connection);
    connection.closed = () => this.#connections.delete(connection);
  }
}

/** All toxics at once, as one connection feels them. */
interface Rules {
  readonly stalled: Readonly<Record<Way, boolean>>;
  readonly latencyMs: number;
  readonly bytesPerSecond: number;
  readonly limitBytes: number;
}

function rulesOf(toxics: readonly Toxic[], baseLatencyMs: number): Rules {
  const least = (values: readonly number[]): number => Math.min(Number.POSITIVE_INFINITY, ...values);
  return {
    stalled: {
      up: toxics.some(({ kind }) => kind === "stall-up"),
      down: toxics.some(({ kind }) => kind === "stall-down"),
    },
    latencyMs: toxics.reduce((sum, each) => sum + (each.kind === "latency" ? each.ms : 0), baseLatencyMs),
    bytesPerSecond: least(toxics.flatMap((each) => (each.kind === "slow" ? [each.bytesPerSecond] : []))),
    limitBytes: least(toxics.flatMap((each) => (each.kind === "limit" ? [each.bytes] : []))),
  };
}

/** One connection: two sockets and what is on its way between them. */
class Connection {
  readonly #client: Socket;
  readonly #server: Socket;
  readonly #rules: () => Rules;
  readonly #ways: Readonly<Record<Way, OneWay>>;
  #carried = 0;
  #isOver = false;
  closed: () => void = () => undefined;

  constructor(client: Socket, server: Socket, rules: () => Rules) {
    this.#client = client;
    this.#server = server;
    this.#rules = rules;
    this.#ways = { up: this.#way("up", client, server), down: this.#way("down", server, client) };
    for (const socket of [client, server]) {
      socket.setNoDelay(true);
      socket.on("error", () => this.cut());
      socket.on("close", () => this.#closedOne());
    }
  }

  #way(name: Way, from: Socket, to: Socket): OneWay {
    const rules = (): WayRules => ({ ...this.#rules(), isStalled: this.#rules().stalled[name] });
    const way = new OneWay({ from, to, rules, carried: (bytes) => this.#count(bytes) });
    from.on("data", (chunk: Buffer) => way.push(chunk));
    from.on("end", () => way.end());
    to.on("drain", () => way.pump());
    return way;
  }

  #count(bytes: number): void {
    this.#carried += bytes;
    if (this.#carried > this.#rules().limitBytes) this.cut();
  }

  pump(): void {
    this.#closedOne();
    this.#ways.up.pump();
    this.#ways.down.pump();
  }

  end(): void {
    this.#client.end();
    this.#server.end();
  }

  cut(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#ways.up.stop();
    this.#ways.down.stop();
    for (const socket of [this.#client, this.#server]) {
      if (socket.connecting) socket.destroy();
      else socket.resetAndDestroy();
    }
    this.closed();
  }

  /** A socket that is gone takes the other with it, unless the way is cut: then the other side is not told. */
  #closedOne(): void {
    const { up, down } = this.#rules().stalled;
    const gone = [this.#client, this.#server].filter((socket) => socket.destroyed).length;
    if (gone === 2 || (gone === 1 && !up && !down)) this.cut();
  }
}

interface WayRules extends Rules {
  readonly isStalled: boolean;
}

interface OneWayParts {
  readonly from: Socket;
  readonly to: Socket;
  readonly rules: () => WayRules;
  readonly carried: (bytes: number) => void;
}

/** One way of a connection: a queue between a socket that is read and one that is written. */
class OneWay {
  readonly #parts: OneWayParts;
  #queue: Waiting[] = [];
  #bytes = 0;
  #ended = false;
  #stopped = false;
  #timer: NodeJS.Timeout | undefined;
  #creditAtMs = Date.now();

  constructor(parts: OneWayParts) {
    this.#parts = parts;
  }

  push(chunk: Buffer): void {
    if (this.#queue.length === 0) this.#creditAtMs = Date.now();
    this.#queue.push({ chunk, dueAtMs: Date.now() + this.#parts.rules().latencyMs });
    this.#bytes += chunk.length;
    if (this.#bytes > MAX_WAITING_BYTES) this.#parts.from.pause();
    this.pump();
  }

  end(): void {
    this.#ended = true;
    this.pump();
  }

  stop(): void {
    this.#stopped = true;
    this.#queue = [];
    clearTimeout(this.#timer);
  }

  /** Passes on what is due, and comes back for the rest. */
  pump(): void {
    clearTimeout(this.#timer);
    const { isStalled, bytesPerSecond } = this.#parts.rules();
    if (this.#stopped || isStalled) return;
    while (this.#queue[0] !== undefined && this.#queue[0].dueAtMs <= Date.now()) {
      const most = this.#allowed(bytesPerSecond);
      if (most <= 0 || !this.#passOn(this.#queue[0], most)) break;
    }
    if (this.#stopped) return;
    if (this.#bytes < MAX_WAITING_BYTES / 2) this.#parts.from.resume();
    if (this.#queue.length > 0) this.#timer = setTimeout(() => this.pump(), this.#waitMs());
    else if (this.#ended) this.#parts.to.end();
  }

  /** Bytes that may go now. */
  #allowed(bytesPerSecond: number): number {
    if (bytesPerSecond === Number.POSITIVE_INFINITY) return bytesPerSecond;
    const sinceMs = Math.min(MOST_AT_ONCE_MS, Date.now() - this.#creditAtMs);
    return Math.floor((sinceMs / 1_000) * bytesPerSecond);
  }

  #waitMs(): number {
    return Math.max(STEP_MS, (this.#queue[0]?.dueAtMs ?? 0) - Date.now());
  }

  /** Writes at most so many bytes of a chunk; false where the receiver takes no more now. */
  #passOn({ chunk, dueAtMs }: Waiting, most: number): boolean {
    const { to, carried } = this.#parts;
    if (to.destroyed || to.writableEnded || to.connecting || to.writableNeedDrain) return false;
    const part = chunk.subarray(0, Math.min(most, chunk.length));
    const rest = chunk.subarray(part.length);
    if (rest.length === 0) this.#queue.shift();
    else this.#queue[0] = { chunk: rest, dueAtMs };
    this.#bytes -= part.length;
    this.#creditAtMs = Date.now();
    to.write(part);
    carried(part.length);
    return !this.#stopped;
  }
}
