import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import * as path from "node:path";
import { isObject, stringOf } from "./json";
import type { Scenario } from "./scenario-types";

/** The folder holds the clusters of another scenario. */
export class StateOriginError extends Error {
  override readonly name = "StateOriginError";
}

/** What a state folder is, or was, made from. */
interface Origin {
  /** A built-in name, or the whole path of a file. */
  readonly source: string;
  readonly digest: string;
}

/**
 * Notes in a state folder which scenario it is made from, and refuses another one: what a folder holds is not made
 * anew, so that one would get the clusters of the first scenario under the name of the second. `changed` says that the
 * same source says something else now, as a file that was edited or a built-in of another version does.
 */
export function checkOrigin(dir: string, source: string, scenario: Scenario): "new" | "same" | "changed" {
  const file = path.join(dir, "origin.json");
  const mine: Origin = { source, digest: digestOf(scenario) };
  const known = readOrigin(file);
  if (known === undefined) {
    writeFileSync(file, `${JSON.stringify(mine)}\n`, { mode: 0o600 });
    return "new";
  }
  if (known.digest === mine.digest) return "same";
  if (known.source === mine.source) return "changed";
  throw new StateOriginError(`${dir} was made from the scenario ${known.source}, not from ${source}`);
}

const digestOf = (scenario: Scenario): string => createHash("sha256").update(JSON.stringify(scenario)).digest("hex");

function readOrigin(file: string): Origin | undefined {
  if (!existsSync(file)) return undefined;
  try {
    const content: unknown = JSON.parse(readFileSync(file, "utf8"));
    return isObject(content) ? { source: stringOf(content["source"]), digest: stringOf(content["digest"]) } : undefined;
  } catch {
    return undefined;
  }
}
