import { Command, CommanderError, Option } from "commander";
import { EXIT, type ExitCode, type Verb, type VerbOption } from "./verb";
import type { Io } from "./io";
import { VERBS } from "./commands";
import { VERSION } from "./version";

const WIDTH = 100;

function optionOf({ flags, description, choices, fallback, required, repeatable }: VerbOption): Option {
  const option = new Option(flags, description);
  if (choices) option.choices([...choices]);
  if (fallback !== undefined) option.default(fallback);
  if (required) option.makeOptionMandatory();
  if (repeatable) option.argParser((value: string, earlier: string[] | undefined) => [...(earlier ?? []), value]);
  return option;
}

const exampleText = ({ examples }: Pick<Verb, "examples">): string =>
  `\nExamples:\n${examples.map(({ text, command }) => `  # ${text}\n  $ ${command}\n`).join("\n")}`;

function exitText({ exits }: Verb): string {
  const lines = [`  0  ${exits.holds}`, ...(exits.fails === undefined ? [] : [`  1  ${exits.fails}`])];
  return `\nExit codes:\n${[...lines, "  2  the input is bad: a path, a manifest or an option"].join("\n")}`;
}

function quiet(command: Command, io: Io): Command {
  return command
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.out.write(text),
      writeErr: (text) => io.err.write(text),
      getOutHelpWidth: () => WIDTH,
      getErrHelpWidth: () => WIDTH,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
      outputError: (text, write) => write(`isthmus: ${text}`),
    })
    .showHelpAfterError("(--help shows what can be given, with examples)");
}

type Settle = (code: ExitCode) => void;

function commandOf(verb: Verb, io: Io, settle: Settle): Command {
  // The width of the terminal alone says where lines end.
  const description = verb.description.replaceAll("\n", " ");
  const command = quiet(new Command(verb.name), io).summary(verb.summary).description(description);
  for (const operand of verb.operands) command.argument(operand.name, operand.description);
  for (const option of verb.options) command.addOption(optionOf(option));
  command.helpOption("-h, --help", "show this help");
  command.addHelpText("after", `${exampleText(verb)}${exitText(verb)}`);
  return command.action(async () => {
    settle(await verb.run({ operands: command.args, options: command.opts<Record<string, unknown>>(), io }));
  });
}

const OVERVIEW = [
  { text: "are these manifests what Calico accepts?", command: "isthmus validate ./manifests" },
  { text: "what may talk to what, as a table for a pull request", command: "isthmus connectivity ./manifests -o md" },
  { text: "why is this call denied?", command: "isthmus explain . --from shop/web --to shop/db --port 5432/TCP" },
  { text: "two clusters as one mesh", command: "isthmus connectivity cluster=eu:./eu cluster=us:./us" },
  { text: "is an exported audit log whole and unaltered?", command: "isthmus audit verify audit.jsonl" },
  { text: "what kubectl would apply", command: "kubectl kustomize ./overlay | isthmus validate -" },
];

const PATHS = `
Paths:
  A path is a file, a folder (all .yaml, .yml and .json files below it) or - for standard input.
  cluster=NAME:PATH puts its manifests into that cluster of a mesh; cluster=NAME PATH is the same.
`;

/** The command that a verb is added to; that of its group is made with the first of them. */
function parentOf({ group }: Verb, program: Command, io: Io): Command {
  if (group === undefined) return program;
  const found = program.commands.find((command) => command.name() === group.name);
  if (found !== undefined) return found;
  const made = quiet(new Command(group.name), io).summary(group.summary).description(`${group.summary}.`);
  program.addCommand(made.helpOption("-h, --help", "show this help").helpCommand(false));
  return made;
}

/** The command line with all its commands, writing to the given streams. */
export function buildProgram(io: Io, settle: Settle): Command {
  const program = quiet(new Command("isthmus"), io)
    .description("Answers about network policy in Calico and Kubernetes, from manifests alone, with no server.")
    .usage("<command> …")
    .version(VERSION, "-V, --version", "show the version")
    .helpOption("-h, --help", "show this help")
    .helpCommand("help [command]", "show the help of a command")
    .addHelpText("after", `${PATHS}${exampleText({ examples: OVERVIEW })}`)
    .addHelpText("after", "isthmus help COMMAND shows more, with examples.");
  for (const verb of VERBS) parentOf(verb, program, io).addCommand(commandOf(verb, io, settle));
  return program;
}

/** Runs one command line and gives its exit code. */
export async function runCommandLine(words: readonly string[], io: Io): Promise<ExitCode> {
  let code: ExitCode = EXIT.holds;
  const program = buildProgram(io, (settled) => {
    code = settled;
  });
  try {
    await program.parseAsync([...words], { from: "user" });
    return code;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // Help and version that were asked for are no errors.
    return error.exitCode === 0 ? EXIT.holds : EXIT.badInput;
  }
}
