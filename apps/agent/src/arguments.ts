import { parseArgs } from "node:util";
import { PROBE_PORT } from "@isthmus/protocol";
import { err, ok, type Result } from "@isthmus/std";
import { parseSocksProxy, type SocksProxy } from "./probe/socks5";

/** Namespace and name of an object that the agent reads or keeps. */
export interface NamedObject {
  readonly namespace: string;
  readonly name: string;
}

/** What the agent was told on its command line. */
export interface AgentArguments {
  readonly gateways: readonly string[];
  readonly pins: readonly string[];
  readonly grantId: string;
  readonly grantFile: string;
  readonly caFile: string;
  readonly goldmane: string;
  readonly goldmaneServerName: string;
  /** How long after its end a bucket is compared with what Goldmane has by then. */
  readonly goldmaneReconcileAfterMs: number;
  readonly goldmaneTlsSecret: NamedObject | undefined;
  readonly goldmaneCa: (NamedObject & { readonly kind: "ConfigMap" | "Secret" }) | undefined;
  readonly identitySecret: NamedObject;
  /** The Lease that replicas compete for; undefined: this process is the only one. */
  readonly lease: NamedObject | undefined;
  /** After how long a silent holder of the lease is followed by another. */
  readonly leaseDurationMs: number;
  readonly spoolDir: string;
  readonly spoolMaxBytes: number;
  readonly spoolMaxAgeMs: number;
  readonly listen: { readonly host: string; readonly port: number };
  readonly logLevel: string;
  readonly kubeconfig: string;
  readonly instance: string;
  /** Whether it dials probe pods of other clusters when a gateway asks. */
  readonly probes: boolean;
  /** The way into the pod network, for an agent that does not run in it. */
  readonly probeProxy: SocksProxy | undefined;
}

const OPTIONS = {
  gateway: "",
  pin: "",
  "grant-id": "",
  "grant-file": "",
  "ca-file": "",
  goldmane: "goldmane.calico-system.svc:7443",
  "goldmane-server-name": "",
  "goldmane-reconcile-after": "5m",
  "goldmane-tls-secret": "",
  "goldmane-ca-configmap": "",
  "goldmane-ca-secret": "",
  "identity-secret": "isthmus/isthmus-agent-identity",
  lease: "",
  "lease-duration": "15s",
  "spool-dir": "/var/spool/isthmus",
  "spool-max-bytes": "268435456",
  "spool-max-age": "24h",
  listen: "0.0.0.0:7450",
  "log-level": "info",
  kubeconfig: "",
  instance: "",
  probes: "on",
  "probe-proxy": "",
} as const;

type Values = Readonly<Record<keyof typeof OPTIONS, string>>;

/** Whether the agent can do without a gateway: an examination of the cluster can. */
export interface ParseOptions {
  readonly gateway: "needed" | "optional";
}

/** Where `isthmus-agent probe-answer` listens: `--listen=host:port`, by default the port of probes on every address. */
export function parseAnswerArguments(argv: readonly string[]): Result<AgentArguments["listen"], readonly string[]> {
  try {
    const options = { listen: { type: "string" as const, default: `:${PROBE_PORT}` } };
    const { values } = parseArgs({ args: [...argv], options, allowPositionals: false });
    const listen = address(values.listen);
    return listen ? ok(listen) : err([`--listen: expected host:port, found \`${values.listen}\``]);
  } catch (cause) {
    return err([cause instanceof Error ? cause.message : "the arguments cannot be read"]);
  }
}

/** Reads the command line; every problem is named with its cure, all of them at once. */
export function parseArguments(
  argv: readonly string[],
  { gateway }: ParseOptions = { gateway: "needed" },
): Result<AgentArguments, readonly string[]> {
  let values: Values;
  try {
    const options = Object.fromEntries(
      Object.entries(OPTIONS).map(([name, value]) => [name, { type: "string" as const, default: value }]),
    );
    const parsed = parseArgs({ args: [...argv], options, allowPositionals: false });
    // INVARIANT: every option is a string with a default.
    values = parsed.values as Values;
  } catch (cause) {
    return err([cause instanceof Error ? cause.message : "the arguments cannot be read"]);
  }
  const problems: string[] = [];
  const parsed = read(values, problems);
  if (gateway === "needed") missing(parsed, problems);
  return problems.length === 0 ? ok(parsed) : err(problems);
}

function read(values: Values, problems: string[]): AgentArguments {
  const say = (problem: string): undefined => void problems.push(problem);
  const gateways = list(values.gateway);
  for (const url of gateways) if (!isLinkUrl(url)) say(`--gateway: \`${url}\` is not a ws:// or wss:// address`);
  return {
    gateways,
    pins: list(values.pin),
    grantId: values["grant-id"],
    grantFile: values["grant-file"],
    caFile: values["ca-file"],
    goldmane: values.goldmane,
    goldmaneServerName: values["goldmane-server-name"],
    goldmaneReconcileAfterMs: reconcileAfter(values["goldmane-reconcile-after"], say),
    goldmaneTlsSecret: named(values, "goldmane-tls-secret", say),
    goldmaneCa: goldmaneCa(values, say),
    identitySecret: named(values, "identity-secret", say) ?? { namespace: "", name: "" },
    lease: named(values, "lease", say),
    leaseDurationMs: leaseDuration(values["lease-duration"], say),
    spoolDir: values["spool-dir"],
    spoolMaxBytes:
      bytes(values["spool-max-bytes"]) ?? say("--spool-max-bytes: expected bytes, for example 268435456 or 256Mi") ?? 0,
    spoolMaxAgeMs:
      duration(values["spool-max-age"]) ?? say("--spool-max-age: expected a duration, for example 90m or 24h") ?? 0,
    listen: address(values.listen) ??
      say(`--listen: expected host:port, found \`${values.listen}\``) ?? { host: "", port: 0 },
    logLevel: values["log-level"],
    kubeconfig: values.kubeconfig,
    instance: values.instance,
    probes: values.probes === "on" || (values.probes !== "off" && say("--probes: expected on or off") === true),
    probeProxy: probeProxy(values["probe-proxy"], say),
  };
}

function missing({ gateways, pins }: AgentArguments, problems: string[]): void {
  if (gateways.length === 0)
    problems.push("--gateway is missing: give the gateway's address, for example wss://isthmus.example:7401");
  if (pins.length === 0)
    problems.push("--pin is missing: give the ids of the gateway's signing keys, as the manifest shows them");
}

function probeProxy(text: string, say: (problem: string) => undefined): SocksProxy | undefined {
  if (text === "") return undefined;
  const parsed = parseSocksProxy(text);
  // Not the text itself: it may hold a password.
  return parsed ?? say("--probe-proxy: expected an address such as socks5://user:password@host:1080");
}

const list = (text: string): readonly string[] =>
  text
    .split(",")
    .map((each) => each.trim())
    .filter((each) => each !== "");

function isLinkUrl(text: string): boolean {
  return URL.canParse(text) && ["ws:", "wss:"].includes(new URL(text).protocol);
}

function named(values: Values, option: keyof Values, say: (problem: string) => undefined): NamedObject | undefined {
  if (values[option] === "") return undefined;
  const [namespace, name, ...rest] = values[option].split("/");
  if (namespace && name && rest.length === 0) return { namespace, name };
  return say(`--${option}: expected namespace/name, found \`${values[option]}\``);
}

function goldmaneCa(values: Values, say: (problem: string) => undefined): AgentArguments["goldmaneCa"] {
  const configMap = named(values, "goldmane-ca-configmap", say);
  if (configMap !== undefined) return { ...configMap, kind: "ConfigMap" };
  const secret = named(values, "goldmane-ca-secret", say);
  return secret === undefined ? undefined : { ...secret, kind: "Secret" };
}

const BYTE_UNITS: Readonly<Record<string, number>> = { "": 1, Ki: 1024, Mi: 1024 ** 2, Gi: 1024 ** 3 };

function bytes(text: string): number | undefined {
  const match = /^(\d+)(Ki|Mi|Gi)?$/u.exec(text);
  return match === null ? undefined : Number(match[1]) * (BYTE_UNITS[match[2] ?? ""] ?? 1);
}

const TIME_UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

function duration(text: string): number | undefined {
  const match = /^(\d+)([smhd])$/u.exec(text);
  return match === null ? undefined : Number(match[1]) * (TIME_UNITS[match[2] ?? "s"] ?? 1_000);
}

const MIN_LEASE_MS = 5_000;

function leaseDuration(text: string, say: (problem: string) => undefined): number {
  const durationMs = duration(text);
  if (durationMs !== undefined && durationMs >= MIN_LEASE_MS) return durationMs;
  say("--lease-duration: expected a duration of 5s or more, for example 15s");
  return MIN_LEASE_MS;
}

/** Goldmane remembers an hour. */
const MAX_RECONCILE_MS = 45 * 60_000;

function reconcileAfter(text: string, say: (problem: string) => undefined): number {
  const durationMs = duration(text);
  if (durationMs !== undefined && durationMs >= 1_000 && durationMs <= MAX_RECONCILE_MS) return durationMs;
  say("--goldmane-reconcile-after: expected a duration from 1s to 45m, for example 5m");
  return MAX_RECONCILE_MS;
}

function address(text: string): AgentArguments["listen"] | undefined {
  const match = /^(.*):(\d{1,5})$/u.exec(text);
  const port = Number(match?.[2]);
  return match === null || port > 65_535 ? undefined : { host: (match[1] ?? "").replaceAll(/^\[|\]$/gu, ""), port };
}
