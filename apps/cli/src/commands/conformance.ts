import { randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import {
  allClauses,
  reportJson,
  reportText,
  resultText,
  runConformance,
  type GoldmaneAccess,
} from "@isthmus/conformance";
import { loadAccess } from "@isthmus/k8s";
import { fileError, usageError } from "../report/finding";
import { writeFindings } from "../report/write-findings";
import { EXIT, switchOption, textOption, textsOption, type ExitCode, type Invocation, type Verb } from "../verb";

/** More would make a small API server slow, and its slowness look like a fault. */
const MOST_AT_ONCE = 16;

function atOnceOf(invocation: Invocation): number | undefined {
  const atOnce = Number(textOption(invocation, "atOnce"));
  return Number.isInteger(atOnce) && atOnce >= 1 && atOnce <= MOST_AT_ONCE ? atOnce : undefined;
}

const goldmaneFiles = { cert: "goldmaneCert", key: "goldmaneKey", ca: "goldmaneCa" } as const;

/** How to reach Goldmane, where `--goldmane` says so; or what is missing of it. */
function readGoldmane(invocation: Invocation): { readonly goldmane?: GoldmaneAccess } | { readonly missing: string } {
  const address = textOption(invocation, "goldmane");
  if (address === undefined) return {};
  if (!/:\d+$/.test(address)) return { missing: `\`${address}\` has no port: --goldmane HOST:PORT` };
  const read = (name: keyof typeof goldmaneFiles): string | undefined => {
    const file = textOption(invocation, goldmaneFiles[name]);
    return file === undefined || !existsSync(file) ? undefined : readFileSync(file, "utf8");
  };
  const [cert, key, ca] = [read("cert"), read("key"), read("ca")];
  if (cert === undefined || key === undefined || ca === undefined)
    return { missing: "--goldmane needs readable files in --goldmane-cert, --goldmane-key and --goldmane-ca" };
  const serverName = textOption(invocation, "goldmaneServerName");
  return { goldmane: { address, tls: { cert, key, ca }, ...(serverName === undefined ? {} : { serverName }) } };
}

async function run(invocation: Invocation): Promise<ExitCode> {
  const { io } = invocation;
  const only = textsOption(invocation, "only");
  const bad = (code: string, message: string): ExitCode => {
    writeFindings(io.err, [usageError({ code, message })]);
    return EXIT.badInput;
  };
  const unknown = only.find((prefix) => !allClauses.some(({ id }) => id.startsWith(prefix)));
  if (unknown !== undefined) return bad("only", `no clause begins with \`${unknown}\`; \`--list\` shows all`);
  if (switchOption(invocation, "list")) {
    const listed = allClauses.filter(({ id }) => only.length === 0 || only.some((prefix) => id.startsWith(prefix)));
    io.out.write(listed.map(({ id, says }) => `${id}: ${says}\n`).join(""));
    return EXIT.holds;
  }
  const atOnce = atOnceOf(invocation);
  if (atOnce === undefined) return bad("at-once", `--at-once takes a whole number from 1 to ${MOST_AT_ONCE}`);
  const goldmane = readGoldmane(invocation);
  if ("missing" in goldmane) return bad("goldmane", goldmane.missing);
  const kubeconfig = textOption(invocation, "kubeconfig");
  if (kubeconfig === undefined) return bad("kubeconfig", "name the cluster's kubeconfig: --kubeconfig FILE");
  const access = await loadAccess({ kubeconfig }, Date.now);
  if (!access.ok) {
    writeFindings(io.err, [fileError(kubeconfig, access.error)]);
    return EXIT.badInput;
  }
  try {
    const report = await runConformance({
      access: access.value,
      ...goldmane,
      id: randomBytes(4).toString("hex"),
      atOnce,
      now: Date.now,
      ...(only.length > 0 && { only }),
      onResult: (result) => {
        if (io.err.isTerminal) io.err.write(`${resultText(result)}\n`);
      },
    });
    io.out.write(textOption(invocation, "output") === "json" ? reportJson(report) : reportText(report));
    const wrong = report.results.some(({ verdict: { kind } }) => kind === "broken" || kind === "failed");
    return wrong ? EXIT.fails : EXIT.holds;
  } catch (cause) {
    const message = `the cluster could not be asked: ${cause instanceof Error ? cause.message : String(cause)}`;
    writeFindings(io.err, [fileError(kubeconfig, { code: "unreachable", message })]);
    return EXIT.badInput;
  }
}

/** `isthmus conformance`. */
export const conformance: Verb = {
  name: "conformance",
  summary: "hold a cluster's API to the contract that the agent relies on",
  description:
    "Asks a cluster, one clause after the other, whether its API keeps what Kubernetes and Calico promise and the agent\nand its operators rely on. Each clause works in a namespace of its own and takes away what it made; tiers and\npolicies that it creates come last and select nothing. Needs the rights of a cluster administrator.",
  operands: [],
  options: [
    { flags: "--kubeconfig <file>", description: "how to reach the cluster" },
    { flags: "--goldmane <host:port>", description: "ask the cluster's Goldmane as well" },
    { flags: "--goldmane-cert <file>", description: "PEM of the client's certificate, as Whisker's backend has one" },
    { flags: "--goldmane-key <file>", description: "PEM of its key" },
    { flags: "--goldmane-ca <file>", description: "PEM of the authority that signed Goldmane's certificate" },
    {
      flags: "--goldmane-server-name <name>",
      description: "the name in Goldmane's certificate, if it is not the host",
    },
    { flags: "--only <prefix>", description: "clauses whose id begins so; may be repeated", repeatable: true },
    { flags: "--list", description: "show the clauses and ask nothing" },
    { flags: "--at-once <n>", description: "how many clauses run at the same time", fallback: "4" },
    { flags: "-o, --output <format>", description: "form of the report", choices: ["txt", "json"], fallback: "txt" },
  ],
  examples: [
    { text: "does this cluster keep the contract?", command: "isthmus conformance --kubeconfig ~/.kube/config" },
    { text: "watches alone, for a program", command: "isthmus conformance --kubeconfig kc --only watch/ -o json" },
  ],
  exits: { holds: "every clause that could be asked is kept", fails: "a clause is broken, or could not be asked" },
  run,
};
