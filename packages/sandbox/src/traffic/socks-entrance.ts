import { once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { parseAddress, formatAddress, type Address } from "../dataplane/address";
import type { Opened, OutsidePod, Traffic } from "./engine";

/** A SOCKS5 server (RFC 1928) by which processes that stand for pods reach the simulated network. */
export interface SocksEntrance {
  readonly port: number;
  close(): void;
}

const VERSION = 5;
const PASSWORD = 2;
const CONNECT = 1;
const REPLY = { succeeded: 0, failure: 1, refused: 5, timeout: 6, command: 7, addressType: 8 } as const;
/** Bytes that may wait for the end of a line; nobody who behaves sends as many. */
const MAX_LINE = 4_096;
const IDLE_MS = 30_000;

/**
 * Listens. A client says which pod it stands for by user name, `cluster/namespace/pod` (RFC 1929); its connections are
 * made from that pod's address, judged as any other, and answered by the programs of simulated pods, a line at a time.
 */
export async function serveSocks(
  listen: { readonly host: string; readonly port: number },
  open: Traffic["open"],
): Promise<SocksEntrance> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.setTimeout(IDLE_MS, () => socket.destroy());
    socket.once("close", () => sockets.delete(socket));
    socket.once("error", () => socket.destroy());
    serve(socket, open).catch(() => socket.destroy());
  });
  server.listen(listen.port, listen.host);
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

async function serve(socket: Socket, open: Traffic["open"]): Promise<void> {
  const reader = createReader(socket);
  const pod = await authenticate(socket, reader);
  const to = pod && (await readRequest(socket, reader));
  if (pod === undefined || to === undefined) return void socket.end();
  const opened = await open(pod, to);
  if (opened.kind !== "open") return void socket.end(replyOf(failureOf(opened.kind), 0));
  socket.write(replyOf(REPLY.succeeded, opened.from));
  await converse(socket, reader, opened);
}

async function authenticate(socket: Socket, reader: Reader): Promise<OutsidePod | undefined> {
  const [version, count = 0] = await reader.take(2);
  const methods = await reader.take(count);
  if (version !== VERSION || !methods.includes(PASSWORD)) {
    socket.write(Uint8Array.of(VERSION, 0xff));
    return undefined;
  }
  socket.write(Uint8Array.of(VERSION, PASSWORD));
  const [, nameLength = 0] = await reader.take(2);
  const user = Buffer.from(await reader.take(nameLength)).toString("utf8");
  const [passwordLength = 0] = await reader.take(1);
  await reader.take(passwordLength);
  const [cluster = "", namespace = "", name = ""] = user.split("/");
  socket.write(Uint8Array.of(1, name === "" ? 1 : 0));
  return name === "" ? undefined : { cluster, namespace, name };
}

async function readRequest(socket: Socket, reader: Reader): Promise<{ address: Address; port: number } | undefined> {
  const [, command, , type] = await reader.take(4);
  const address = await readAddress(reader, type ?? 0);
  const port = Buffer.from(await reader.take(2)).readUInt16BE();
  if (command === CONNECT && address !== undefined) return { address, port };
  socket.write(replyOf(command === CONNECT ? REPLY.addressType : REPLY.command, 0));
  return undefined;
}

async function readAddress(reader: Reader, type: number): Promise<Address | undefined> {
  if (type === 1) return parseAddress((await reader.take(4)).join("."));
  if (type === 4) {
    const bytes = Buffer.from(await reader.take(16));
    return parseAddress(Array.from({ length: 8 }, (_, at) => bytes.readUInt16BE(at * 2).toString(16)).join(":"));
  }
  // A name: its length and its text, which nobody here resolves.
  const [length = 0] = await reader.take(1);
  await reader.take(length);
  return undefined;
}

const failureOf = (kind: Exclude<Opened["kind"], "open">): number =>
  ({ "no-such-pod": REPLY.failure, refused: REPLY.refused, timeout: REPLY.timeout })[kind];

function replyOf(code: number, bound: Address): Uint8Array {
  const bytes =
    typeof bound === "number"
      ? [1, ...formatAddress(bound).split(".").map(Number)]
      : [4, ...Buffer.from(bound.toString(16).padStart(32, "0"), "hex")];
  return Uint8Array.from([VERSION, code, 0, ...bytes, 0, 0]);
}

async function converse(socket: Socket, reader: Reader, opened: Extract<Opened, { kind: "open" }>): Promise<void> {
  try {
    for (;;) {
      const line = await reader.line();
      const answer = line === undefined ? undefined : opened.say(line);
      if (answer === undefined) break;
      socket.write(answer);
    }
    socket.end();
  } finally {
    opened.close();
  }
}

interface Reader {
  /** The next bytes; rejects where the stream ends before. */
  take(count: number): Promise<Uint8Array>;
  /** The next line without its end; undefined at the end of the stream. */
  line(): Promise<string | undefined>;
}

function createReader(socket: Socket): Reader {
  const chunks = socket[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  let held = Buffer.alloc(0);
  const more = async (): Promise<boolean> => {
    const next = await chunks.next();
    if (next.done === true) return false;
    held = Buffer.concat([held, next.value]);
    return true;
  };
  const cut = (count: number): Buffer => {
    const taken = held.subarray(0, count);
    held = held.subarray(count);
    return taken;
  };
  return {
    take: async (count) => {
      while (held.length < count) if (!(await more())) throw new Error("the client went away");
      return cut(count);
    },
    line: async () => {
      while (!held.includes(10)) if (held.length > MAX_LINE || !(await more())) return undefined;
      const line = cut(held.indexOf(10)).toString("utf8");
      cut(1);
      return line.replace(/\r$/u, "");
    },
  };
}
