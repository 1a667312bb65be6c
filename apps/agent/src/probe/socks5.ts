import { isIPv6, type Socket } from "node:net";
import { err, ok } from "@isthmus/std";
import { openSocket, type Dial, type DialProblem, type ProbeTarget } from "./dial";
import { readBytes } from "./read-bytes";

/** A SOCKS5 proxy into the pod network (RFC 1928), with the user whom it asks for (RFC 1929). */
export interface SocksProxy {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
}

const VERSION = 5;
const NO_AUTHENTICATION = 0;
const USER_PASSWORD = 2;
const CONNECT = 1;
const IPV4 = 1;
const IPV6 = 4;

/** Reads `socks5://[user[:password]@]host:port`; undefined where it is none. */
export function parseSocksProxy(text: string): SocksProxy | undefined {
  if (!URL.canParse(text)) return undefined;
  const { protocol, hostname, port, username, password } = new URL(text);
  if (protocol !== "socks5:" || hostname === "" || port === "") return undefined;
  const host = hostname.replaceAll(/^\[|\]$/gu, "");
  return { host, port: Number(port), user: decodeURIComponent(username), password: decodeURIComponent(password) };
}

/** What a proxy's reply means for a probe (RFC 1928, section 6). */
const REPLIES: Readonly<Record<number, DialProblem>> = {
  1: { outcome: "failed", message: "the proxy failed" },
  2: { outcome: "failed", message: "the proxy does not allow this connection" },
  3: { outcome: "unreachable", message: "network unreachable, says the proxy" },
  4: { outcome: "unreachable", message: "host unreachable, says the proxy" },
  5: { outcome: "refused", message: "connection refused, says the proxy" },
  6: { outcome: "timeout", message: "no answer, says the proxy" },
};

/** Dials through a proxy. Its reply names the address that the connection was made from: the agent's own, there. */
export const dialThrough =
  (proxy: SocksProxy): Dial =>
  async (target, timeoutMs) => {
    const opened = await openSocket({ address: proxy.host, port: proxy.port }, timeoutMs);
    if (!opened.ok) {
      const message = `the proxy ${proxy.host}:${proxy.port} cannot be used: ${opened.error.message}`;
      return err({ outcome: "failed", message });
    }
    const socket = opened.value;
    const timer = setTimeout(() => socket.destroy(), timeoutMs);
    try {
      const answer = await negotiate(socket, proxy, target);
      if (typeof answer === "string") return ok({ socket, ownAddress: answer });
      socket.destroy();
      return err(answer);
    } catch {
      socket.destroy();
      return err({ outcome: "timeout", message: `no answer by way of the proxy within ${timeoutMs / 1_000} s` });
    } finally {
      clearTimeout(timer);
    }
  };

async function negotiate(socket: Socket, proxy: SocksProxy, target: ProbeTarget): Promise<string | DialProblem> {
  const method = proxy.user === "" ? NO_AUTHENTICATION : USER_PASSWORD;
  socket.write(Uint8Array.of(VERSION, 1, method));
  const [, chosen] = await readBytes(socket, 2);
  if (chosen !== method) return { outcome: "failed", message: "the proxy asks for another way to sign in" };
  if (method === USER_PASSWORD && !(await signIn(socket, proxy)))
    return { outcome: "failed", message: `the proxy does not let \`${proxy.user}\` in` };
  socket.write(requestFor(target));
  const [, reply = 1, , type] = await readBytes(socket, 4);
  const bound = await readBytes(socket, type === IPV6 ? 16 : 4);
  await readBytes(socket, 2);
  if (reply !== 0) return REPLIES[reply] ?? { outcome: "failed", message: `the proxy answers with code ${reply}` };
  return addressText(bound);
}

async function signIn(socket: Socket, { user, password }: SocksProxy): Promise<boolean> {
  const [name, word] = [Buffer.from(user), Buffer.from(password)];
  socket.write(Buffer.concat([Uint8Array.of(1, name.length), name, Uint8Array.of(word.length), word]));
  const [, status] = await readBytes(socket, 2);
  return status === 0;
}

function requestFor({ address, port }: ProbeTarget): Uint8Array {
  const bytes = isIPv6(address) ? [IPV6, ...ipv6Bytes(address)] : [IPV4, ...address.split(".").map(Number)];
  return Uint8Array.from([VERSION, CONNECT, 0, ...bytes, port >> 8, port & 255]);
}

/** The sixteen bytes of an IPv6 address in hexadecimal groups. */
function ipv6Bytes(address: string): readonly number[] {
  const [head = "", tail] = address.split("::");
  const groups = (text: string | undefined): readonly number[] =>
    text === undefined || text === "" ? [] : text.split(":").map((group) => Number.parseInt(group, 16));
  const [before, after] = [groups(head), groups(tail)];
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => 0);
  return [...before, ...zeros, ...after].flatMap((group) => [group >> 8, group & 255]);
}

/** All zeros stand for "not said". */
function addressText(bytes: Uint8Array): string {
  if (bytes.every((byte) => byte === 0)) return "";
  if (bytes.length === 4) return bytes.join(".");
  const groups = Array.from({ length: 8 }, (_, at) =>
    Buffer.from(bytes)
      .readUInt16BE(at * 2)
      .toString(16),
  );
  return new URL(`http://[${groups.join(":")}]`).hostname.slice(1, -1);
}
