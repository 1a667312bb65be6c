import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { decodeGatewayFrame, encodeAgentFrame, type AgentBody, type GatewayBody } from "@isthmus/protocol";
import { WebSocket } from "ws";

/** A WebSocket to a gateway that sends whatever it is told, and notes what it hears. */
export class HostileLink {
  readonly #socket: WebSocket;
  readonly #frames: GatewayBody[] = [];
  readonly #closed: Promise<{ readonly code: number; readonly reason: string }>;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on("error", () => undefined);
    socket.on("message", (data: Buffer) => {
      const frame = decodeGatewayFrame(data);
      if (frame.ok) this.#frames.push(frame.value);
    });
    this.#closed = once(socket, "close").then(([code, reason]) => {
      return { code: code as number, reason: (reason as Buffer).toString() };
    });
  }

  /** Opens one; compression is offered, since a hostile agent would. */
  static async open(port: number): Promise<HostileLink> {
    const link = HostileLink.dial(port);
    await once(link.#socket, "open");
    return link;
  }

  /** Dials, whatever comes of it. */
  static dial(port: number): HostileLink {
    return new HostileLink(new WebSocket(`ws://127.0.0.1:${port}/v1/agent`, { perMessageDeflate: true }));
  }

  /** Extensions that the gateway agreed to. */
  get extensions(): string {
    return this.#socket.extensions;
  }

  get heard(): readonly GatewayBody[] {
    return this.#frames;
  }

  send(body: AgentBody): void {
    const frame = encodeAgentFrame(body);
    if (!frame.ok) throw new Error(frame.error.message);
    this.bytes(frame.value);
  }

  bytes(bytes: Uint8Array | string): void {
    this.#socket.send(bytes);
  }

  /** The refusal's code, or the WebSocket's own close code where the gateway refused nothing. */
  async end(): Promise<string> {
    const { code } = await this.#closed;
    const refused = this.#frames.flatMap((body) => (body.case === "refused" ? [body.value.code] : []));
    return refused[0] ?? `closed ${code}`;
  }

  close(): void {
    this.#socket.terminate();
  }
}

/** A TCP connection that has asked for a WebSocket, and sends bytes of its own making. */
export async function upgraded(port: number, extensions = ""): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => undefined);
  await once(socket, "connect");
  const lines = [
    "GET /v1/agent HTTP/1.1",
    "Host: gateway",
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ...(extensions === "" ? [] : [`Sec-WebSocket-Extensions: ${extensions}`]),
  ];
  socket.write(`${lines.join("\r\n")}\r\n\r\n`);
  const [answer] = (await once(socket, "data")) as [Buffer];
  if (!answer.toString().startsWith("HTTP/1.1 101")) throw new Error(`no WebSocket: ${answer.toString()}`);
  return socket;
}

/** A masked frame of a WebSocket as a client sends it: first byte, the length that it claims, and what follows. */
export function webSocketFrame(first: number, claimed: number, content: Uint8Array): Buffer {
  const head = Buffer.alloc(14);
  head[0] = first;
  head[1] = 0x80 | 127;
  head.writeBigUInt64BE(BigInt(claimed), 2);
  // A mask of zeros leaves the content as it is.
  return Buffer.concat([head, content]);
}

/** The close code in what a gateway sent last, 0 where it sent no close frame. */
export async function closeCode(socket: Socket): Promise<number> {
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  await once(socket, "close");
  const all = Buffer.concat(chunks);
  const at = all.indexOf(0x88);
  return at >= 0 && all.length >= at + 4 ? all.readUInt16BE(at + 2) : 0;
}
