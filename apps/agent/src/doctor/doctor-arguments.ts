import { readFile } from "node:fs/promises";
import { err, ok, type Result } from "@isthmus/std";
import { parseArguments, type AgentArguments } from "../arguments";

/** What `isthmus-agent doctor` was asked. */
export interface DoctorArguments {
  readonly output: "text" | "json";
  readonly arguments: AgentArguments;
}

const OUTPUT = "--output";

/**
 * Reads the command line of `isthmus-agent doctor`: the agent's own options, of which a gateway and its pins may be left
 * out, and `--output`. Where none of the agent's is given, those of the agent that runs in the same container apply.
 */
export async function parseDoctorArguments(
  argv: readonly string[],
  runningAgent: () => Promise<readonly string[]> = argumentsOfTheContainer,
): Promise<Result<DoctorArguments, readonly string[]>> {
  const { output, rest } = takeOutput(argv);
  if (output !== "text" && output !== "json") return err([`${OUTPUT}: expected text or json, found \`${output}\``]);
  const given = rest.length > 0 ? rest : await runningAgent();
  const parsed = parseArguments(given, { gateway: "optional" });
  return parsed.ok ? ok({ output, arguments: parsed.value }) : parsed;
}

function takeOutput(argv: readonly string[]): { readonly output: string; readonly rest: readonly string[] } {
  const at = argv.findIndex((each) => each === OUTPUT || each.startsWith(`${OUTPUT}=`));
  if (at < 0) return { output: "text", rest: argv };
  const joined = argv[at]?.startsWith(`${OUTPUT}=`) === true;
  const output = joined ? (argv[at]?.slice(OUTPUT.length + 1) ?? "") : (argv[at + 1] ?? "");
  return { output, rest: argv.filter((_, index) => index !== at && (joined || index !== at + 1)) };
}

/** The options of a container's first process, where that is an agent: `kubectl exec` runs beside it. */
async function argumentsOfTheContainer(): Promise<readonly string[]> {
  const words = (await readFile("/proc/1/cmdline", "utf8").catch(() => "")).split("\0").filter((word) => word !== "");
  const program = words.findIndex((word) => /(?:^|\/)main\.m?js$/u.test(word));
  const options = program < 0 ? [] : words.slice(program + 1);
  return options.some((option) => option.startsWith("--gateway")) ? options : [];
}
