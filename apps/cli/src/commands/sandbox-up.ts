import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { builtInScenarios, readScenario } from "@isthmus/sandbox/scenario";
import { fileError, usageError, type Finding } from "../report/finding";
import { writeFindings } from "../report/write-findings";
import { podTeller, readyText } from "../sandbox/announce";
import { startSandboxProcess } from "../sandbox/sandbox-process";
import { EXIT, switchOption, textOption, type ExitCode, type Invocation, type Verb } from "../verb";

/** Beside this bundle, as `npm run build` lays them out. */
const program = fileURLToPath(new URL("../../../packages/sandbox/dist/main.js", import.meta.url));
const lastFirstPort = 65_400;

/** What a person asked for, found to be good. */
interface Asked {
  readonly scenario: string;
  readonly port: string;
  readonly state: string;
  /** Whether the folder goes when the sandbox stops. */
  readonly temporary: boolean;
}

function asked(invocation: Invocation): Asked | readonly Finding[] {
  const scenario = textOption(invocation, "scenario") ?? "boutique";
  const read = readScenario(scenario);
  if (!read.ok)
    return read.error.map(({ file, path, message }) =>
      fileError(file, { code: "scenario", message: path === "" ? message : `${path}: ${message}` }),
    );
  const port = textOption(invocation, "port") ?? "0";
  const number = Number(port);
  if (!/^\d+$/.test(port) || number > lastFirstPort || (number > 0 && number < 1_024))
    return [
      usageError({
        code: "port",
        message: `--port takes 0 for free ports, or the first from 1024 to ${lastFirstPort}`,
      }),
    ];
  if (!existsSync(program))
    return [
      usageError({ code: "not-built", message: "the sandbox is not built yet: run `npm run build` in its repository" }),
    ];
  const state = textOption(invocation, "state");
  const made = state === undefined ? mkdtempSync(join(tmpdir(), "isthmus-sandbox-")) : resolve(state);
  return {
    scenario: Object.hasOwn(builtInScenarios, scenario) ? scenario : resolve(scenario),
    port,
    state: made,
    temporary: state === undefined,
  };
}

async function run(invocation: Invocation): Promise<ExitCode> {
  const { io } = invocation;
  if (switchOption(invocation, "list")) {
    io.out.write(
      Object.entries(builtInScenarios)
        .map(([name, { says }]) => `${name}: ${says}\n`)
        .join(""),
    );
    return EXIT.holds;
  }
  const good = asked(invocation);
  if (!("state" in good)) {
    writeFindings(io.err, good);
    return EXIT.badInput;
  }
  try {
    return await runUntilStopped(invocation, good);
  } finally {
    if (good.temporary) rmSync(good.state, { recursive: true, force: true });
  }
}

async function runUntilStopped({ io }: Invocation, { scenario, port, state }: Asked): Promise<ExitCode> {
  const beganAt = performance.now();
  mkdirSync(state, { recursive: true, mode: 0o700 });
  const logFile = join(state, "sandbox.log");
  let stopping = false;
  const sandbox = startSandboxProcess({
    program,
    logFile,
    env: { ISTHMUS_SANDBOX_STATE: state, ISTHMUS_SANDBOX_SCENARIO: scenario, ISTHMUS_SANDBOX_BASE_PORT: port },
    onReady: (clusters) => io.out.write(readyText(clusters, ((performance.now() - beganAt) / 1_000).toFixed(1))),
    onPods: podTeller(io.err),
  });
  const stop = () => {
    if (!stopping) io.err.write("stopping\n");
    stopping = true;
    sandbox.stop();
  };
  process.on("SIGINT", stop).on("SIGTERM", stop);
  io.err.write(`starting ${scenario}; its log: ${logFile}\n`);
  try {
    const { clean, words } = await sandbox.ended;
    if (stopping && clean) return EXIT.holds;
    const message = words === "" ? "the sandbox ended by itself" : words;
    writeFindings(io.err, [fileError(logFile, { code: "ended", message })]);
    return EXIT.fails;
  } finally {
    process.off("SIGINT", stop).off("SIGTERM", stop);
  }
}

/** `isthmus sandbox up`. */
export const sandboxUp: Verb = {
  name: "up",
  group: { name: "sandbox", summary: "run a mesh of sandbox clusters on this machine" },
  summary: "start a mesh of sandbox clusters, and keep it until Ctrl-C",
  description:
    "Starts clusters that serve the Kubernetes API and Calico's, without containers: workloads make pods with addresses,\nservices get endpoints, policies are enforced and flows reported by a Goldmane for each cluster. Shows where each\nAPI is and the kubeconfig for it. What a scenario file may hold is in docs/scenarios.md.",
  operands: [],
  options: [
    { flags: "--scenario <file>", description: "a scenario file, or the name of a built-in one", fallback: "boutique" },
    {
      flags: "--state <dir>",
      description: "keep the clusters there, and go on from what is there (default: a temporary folder)",
    },
    { flags: "--port <n>", description: "first of the ports, two for each cluster; 0 for free ones", fallback: "0" },
    { flags: "--list", description: "show the built-in scenarios and start nothing" },
  ],
  examples: [
    { text: "three clusters that run a shop between them", command: "isthmus sandbox up" },
    {
      text: "a mesh of one's own, kept between starts",
      command: "isthmus sandbox up --scenario mesh.yaml --state ./mesh",
    },
    { text: "10,000 pods", command: "isthmus sandbox up --scenario large" },
  ],
  exits: { holds: "it was stopped by Ctrl-C or SIGTERM", fails: "it could not start, or ended by itself" },
  run,
};
