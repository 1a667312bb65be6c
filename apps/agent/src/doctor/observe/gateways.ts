import { randomBytes } from "node:crypto";
import { lookup } from "node:dns/promises";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { connect as connectTcp, isIP, type Socket } from "node:net";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { agentAddress } from "../../connection/socket";
import type { GatewaySeen } from "../observation";
import { proxyFor, proxyText, type ProxySettings } from "../../connection/proxy";

const STEP_MS = 5_000;

/** How to reach gateways. */
export interface GatewayRoute {
  readonly ca: string | undefined;
  readonly proxies: ProxySettings;
  readonly now: () => number;
}

type Stage = Extract<GatewaySeen["outcome"], { kind: "stopped" }>["at"];

/** Thrown where the way to a gateway ends. */
class Stopped extends Error {
  override readonly name = "Stopped";
  readonly at: Stage;
  constructor(at: Stage, why: string) {
    super(why);
    this.at = at;
  }
}

/** Goes the way that the agent goes to a gateway: name, connection, proxy, TLS, WebSocket; and asks what time it is. */
export async function observeGateway(url: string, route: GatewayRoute): Promise<GatewaySeen> {
  const address = agentAddress(url);
  const proxy = proxyFor(address, route.proxies);
  const seen = { url, proxy: proxyText(proxy) };
  const startedAtMs = route.now();
  try {
    const { socket, certificate } = await way(address, proxy, route.ca);
    await upgrade(address, socket);
    const connectMs = route.now() - startedAtMs;
    const clockOffsetMs = await timeAt(address, proxy, route).catch(() => undefined);
    return { ...seen, outcome: { kind: "open", certificate, connectMs }, clockOffsetMs };
  } catch (cause) {
    const at = cause instanceof Stopped ? cause.at : "connection";
    const why = cause instanceof Error ? cause.message : String(cause);
    return { ...seen, outcome: { kind: "stopped", at, why }, clockOffsetMs: undefined };
  }
}

interface Way {
  readonly socket: Socket;
  /** Who signed the gateway's certificate; empty without TLS. */
  readonly certificate: string;
}

async function way(address: URL, proxy: URL | undefined, ca: string | undefined): Promise<Way> {
  const raw = proxy === undefined ? await tcp(address) : await tunnel(proxy, address);
  return address.protocol === "wss:" ? secured(raw, address, ca) : { socket: raw, certificate: "" };
}

const hostOf = ({ hostname }: URL): string => hostname.replaceAll(/^\[|\]$/gu, "");
const portOf = ({ port, protocol }: URL): number => Number(port || (/^(?:wss|https):$/u.test(protocol) ? "443" : "80"));

async function tcp(to: URL): Promise<Socket> {
  const host = hostOf(to);
  const found = await lookup(host).catch((cause: Error) => cause);
  if (found instanceof Error) throw new Stopped("name", `the name ${host} does not resolve (${found.message})`);
  return new Promise((resolve, reject) => {
    const socket = connectTcp({ host: found.address, port: portOf(to), timeout: STEP_MS });
    const stop = (why: string): void => {
      socket.destroy();
      reject(new Stopped("connection", `no TCP connection to ${found.address} port ${portOf(to)}: ${why}`));
    };
    socket.once("connect", () => resolve(socket));
    socket.once("timeout", () => stop(`no answer within ${STEP_MS / 1_000} s`));
    socket.once("error", (error) => stop(error.message));
  });
}

/** Asks a proxy for a connection (CONNECT). */
async function tunnel(proxy: URL, to: URL): Promise<Socket> {
  const raw = await tcp(proxy);
  const socket = proxy.protocol === "https:" ? (await secured(raw, proxy, undefined)).socket : raw;
  const target = `${to.hostname}:${portOf(to)}`;
  const user = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
  const authorization = user === ":" ? {} : { "proxy-authorization": `Basic ${Buffer.from(user).toString("base64")}` };
  return new Promise((resolve, reject) => {
    const asked = httpRequest({
      method: "CONNECT",
      path: target,
      headers: { host: target, ...authorization },
      createConnection: () => socket,
      timeout: STEP_MS,
    });
    const stop = (why: string): void => {
      socket.destroy();
      reject(new Stopped("proxy", why));
    };
    asked.once("connect", ({ statusCode = 0 }: IncomingMessage) => {
      if (statusCode === 200) resolve(socket);
      else stop(`the proxy answers ${statusCode} to a connection to ${target}`);
    });
    asked.once("timeout", () => stop(`the proxy does not answer within ${STEP_MS / 1_000} s`));
    asked.once("error", (error) => stop(`the proxy: ${error.message}`));
    asked.end();
  });
}

function secured(raw: Socket, to: URL, ca: string | undefined): Promise<Way> {
  const host = hostOf(to);
  return new Promise((resolve, reject) => {
    // Verified below, so that it can be said who signed what is on the way.
    const socket = connectTls({
      socket: raw,
      host,
      rejectUnauthorized: false,
      ...(isIP(host) === 0 ? { servername: host } : {}),
      ...(ca === undefined ? {} : { ca }),
    });
    const stop = (why: string): void => {
      socket.destroy();
      reject(new Stopped("tls", why));
    };
    socket.setTimeout(STEP_MS, () => stop(`TLS is not agreed on within ${STEP_MS / 1_000} s`));
    socket.once("error", (error) => stop(`TLS: ${error.message}`));
    socket.once("secureConnect", () => {
      const signed = signedBy(socket);
      if (!socket.authorized)
        return stop(`the certificate ${signed} is not trusted (${String(socket.authorizationError)})`);
      resolve({ socket, certificate: `certificate ${signed}` });
    });
  });
}

function signedBy(socket: TLSSocket): string {
  const { subject, issuer } = socket.getPeerCertificate();
  const name = (of: { readonly CN?: string | string[]; readonly O?: string | string[] } | undefined): string =>
    [of?.CN ?? of?.O ?? "nobody named"].flat().join(" ");
  return `of ${name(subject)}, signed by ${name(issuer)}`;
}

function upgrade(address: URL, socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    const asked = httpRequest({
      path: `${address.pathname}${address.search}`,
      headers: {
        host: address.host,
        connection: "Upgrade",
        upgrade: "websocket",
        "sec-websocket-version": "13",
        "sec-websocket-key": randomBytes(16).toString("base64"),
      },
      createConnection: () => socket,
      timeout: STEP_MS,
    });
    const stop = (why: string): void => {
      socket.destroy();
      reject(new Stopped("upgrade", why));
    };
    asked.once("upgrade", () => {
      socket.destroy();
      resolve();
    });
    asked.once("response", ({ statusCode = 0, headers }) => {
      const who = [headers.server, headers.via].filter((each) => typeof each === "string").join(", ");
      stop(`HTTP ${statusCode} instead of a WebSocket on ${address.pathname}${who === "" ? "" : ` (from ${who})`}`);
    });
    asked.once("timeout", () => stop(`no answer to the WebSocket upgrade within ${STEP_MS / 1_000} s`));
    asked.once("error", (error) => stop(`the WebSocket upgrade: ${error.message}`));
    asked.end();
  });
}

/** Their clock minus ours, by the Date of a plain answer. */
async function timeAt(address: URL, proxy: URL | undefined, { ca, now }: GatewayRoute): Promise<number | undefined> {
  const { socket } = await way(address, proxy, ca);
  return new Promise((resolve, reject) => {
    const startedAtMs = now();
    const asked = httpRequest({
      path: "/healthz",
      headers: { host: address.host, connection: "close" },
      createConnection: () => socket,
      timeout: STEP_MS,
    });
    asked.once("response", (answer) => {
      // Its head has said all; a body without an end is nobody's to read.
      socket.destroy();
      const time = Date.parse(answer.headers.date ?? "");
      resolve(Number.isNaN(time) ? undefined : time + 500 - (startedAtMs + now()) / 2);
    });
    asked.once("timeout", () => asked.destroy(new Error("no answer")));
    // More than one may come: of the request, and of the socket that was destroyed under it.
    asked.on("error", reject);
    asked.end();
  });
}
