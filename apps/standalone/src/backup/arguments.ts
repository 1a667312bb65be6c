import { resolve } from "node:path";
import { parseArgs } from "node:util";

/** What was asked for. */
export type BackupCommand =
  | { readonly kind: "backup"; readonly to: string; readonly withKeys: boolean }
  | { readonly kind: "restore"; readonly from: string; readonly keys: string | undefined };

const usage = `usage:
  npm run backup -- --to FOLDER [--without-keys]
  npm run restore -- --from FOLDER [--keys FOLDER]`;

/** Reads `backup --to FOLDER [--without-keys]` or `restore --from FOLDER [--keys FOLDER]`; throws with the usage. */
export function readCommand(argv: readonly string[]): BackupCommand {
  const [kind, ...args] = argv.filter((each) => each !== "--");
  if (kind === "backup") {
    const values = parse(args, { to: { type: "string" }, "without-keys": { type: "boolean" } });
    return { kind, to: folder(values["to"], "--to"), withKeys: values["without-keys"] !== true };
  }
  if (kind === "restore") {
    const values = parse(args, { from: { type: "string" }, keys: { type: "string" } });
    const { keys } = values;
    return { kind, from: folder(values["from"], "--from"), keys: typeof keys === "string" ? resolve(keys) : undefined };
  }
  throw new Error(`\`${kind ?? ""}\` is neither backup nor restore\n${usage}`);
}

type Options = Readonly<Record<string, { readonly type: "string" | "boolean" }>>;

function parse(args: readonly string[], options: Options): Readonly<Record<string, string | boolean | undefined>> {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: false }).values as Record<string, string | boolean>;
  } catch (cause) {
    throw new Error(`${cause instanceof Error ? cause.message : String(cause)}\n${usage}`, { cause });
  }
}

function folder(value: string | boolean | undefined, option: string): string {
  if (typeof value !== "string" || value === "") throw new Error(`${option} is missing: name a folder\n${usage}`);
  return resolve(value);
}
