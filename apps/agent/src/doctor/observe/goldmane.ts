import { X509Certificate, createPrivateKey } from "node:crypto";
import { lookup } from "node:dns/promises";
import { connect as connectTcp, isIP } from "node:net";
import { createGoldmaneClient, type MutualTls } from "@isthmus/goldmane-api";
import type { KubernetesApi } from "@isthmus/k8s";
import type { AgentArguments } from "../../arguments";
import { goldmaneProblem } from "../../sources/goldmane/goldmane-problem";
import { goldmaneClockOffset, hasPassedAt } from "../../sources/goldmane/goldmane-clock";
import { goldmaneTls } from "../../sources/goldmane/goldmane-access";
import type { CertificateSeen, GoldmaneProbe, GoldmaneSeen } from "../observation";
import { observeGoldmaneObjects } from "./calico";

const CONNECT_MS = 5_000;
const CALL_MS = 10_000;
/** Seconds of flows that are asked for, by Goldmane's own clock. */
const WINDOW_SECONDS = 120;
const PAGE = 200n;
const PEM = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/gu;

/** Looks at Goldmane as the agent uses it: its objects, the client pair, and a call of its own. */
export async function observeGoldmane(
  api: Pick<KubernetesApi, "get" | "list" | "servedResources">,
  given: Pick<AgentArguments, "goldmane" | "goldmaneServerName" | "goldmaneTlsSecret" | "goldmaneCa">,
  nowMs: () => number,
): Promise<GoldmaneSeen> {
  const objects = await observeGoldmaneObjects(api);
  const address = given.goldmane;
  if (address === "") {
    const probe: GoldmaneProbe = { kind: "not-tried", why: "--goldmane is empty" };
    return { address, ...objects, certificate: { kind: "not-looked" }, probe };
  }
  const tls = await goldmaneTls(api, given);
  if (!tls.ok) {
    const probe: GoldmaneProbe = { kind: "not-tried", why: "there is no client pair to show it" };
    return { address, ...objects, certificate: { kind: "unusable", why: tls.error }, probe };
  }
  const certificate = certificateSeen(tls.value);
  if (certificate.kind === "unusable") {
    return { address, ...objects, certificate, probe: { kind: "not-tried", why: "the client pair cannot be used" } };
  }
  const call: Call = { address, serverName: given.goldmaneServerName, tls: tls.value, nowMs };
  return { address, ...objects, certificate, probe: await probe(call) };
}

/** Reads a client pair. */
function certificateSeen({ ca, cert, key }: MutualTls): CertificateSeen {
  try {
    const certificate = new X509Certificate(cert);
    const authorities = (ca.match(PEM) ?? []).map((pem) => new X509Certificate(pem));
    return {
      kind: "seen",
      certificate: {
        subject: nameOf(certificate.subject),
        issuer: nameOf(certificate.issuer),
        notAfterMs: Date.parse(certificate.validTo),
        keyMatches: certificate.checkPrivateKey(createPrivateKey(key)),
        ofTrustedAuthority: authorities.some((authority) => certificate.verify(authority.publicKey)),
      },
    };
  } catch (cause) {
    return { kind: "unusable", why: `the client pair for Goldmane cannot be read: ${messageOf(cause)}` };
  }
}

/** A distinguished name on one line. */
const nameOf = (name: string): string => name.split("\n").filter(Boolean).join(", ");

interface Call {
  readonly address: string;
  readonly serverName: string;
  readonly tls: MutualTls;
  readonly nowMs: () => number;
}

async function probe(call: Call): Promise<GoldmaneProbe> {
  const { address } = call;
  const { hostname, port } = new URL(`https://${address}`);
  const host = hostname.replaceAll(/^\[|\]$/gu, "");
  const resolved = await lookup(host).catch(messageOf);
  if (typeof resolved === "string") {
    return { kind: "stopped", at: "name", why: `the name ${host} does not resolve (${resolved})` };
  }
  const refused = await tcpProblem(resolved.address, Number(port || "443"));
  if (refused !== "")
    return { kind: "stopped", at: "connection", why: `no TCP connection to ${resolved.address}: ${refused}` };
  return list(call);
}

/** Why no TCP connection comes about; empty where one does. */
function tcpProblem(host: string, port: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = connectTcp({ host, port, timeout: CONNECT_MS });
    const end = (problem: string): void => {
      socket.destroy();
      resolve(problem);
    };
    socket.once("connect", () => end(""));
    socket.once("timeout", () => end(`no answer within ${CONNECT_MS / 1_000} s`));
    socket.once("error", (error) => end(error.message));
  });
}

async function list({ address, serverName, tls, nowMs }: Call): Promise<GoldmaneProbe> {
  // TLS names no server by an address; the certificate is then checked against the address itself.
  const named = serverName !== "" && isIP(serverName) === 0;
  const client = createGoldmaneClient({ address, tls, ...(named ? { serverName } : {}) });
  try {
    const request = { startTimeGte: BigInt(-WINDOW_SECONDS), pageSize: PAGE };
    const { flows } = await client.flows.list(request, { timeoutMs: CALL_MS });
    const ends = flows.flatMap(({ flow }) => (flow === undefined ? [] : [Number(flow.endTime) * 1_000]));
    const offset = await goldmaneClockOffset(hasPassedAt(client), nowMs);
    return {
      kind: "answered",
      flows: flows.length,
      newestFlowEndMs: ends.length === 0 ? undefined : Math.max(...ends),
      clockOffsetMs: offset === undefined ? undefined : offset * 1_000,
    };
  } catch (cause) {
    const why = goldmaneProblem(cause, { answered: false });
    return { kind: "stopped", at: /certificate|authority/u.test(why) ? "tls" : "call", why };
  } finally {
    client.close();
  }
}

const messageOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));
