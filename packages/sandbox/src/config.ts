import * as path from "node:path";
import { builtInScenarios } from "./scenario/built-in";
import { problemText } from "./scenario/problems";
import { readScenario } from "./scenario/read-scenario";
import type { Scenario } from "./scenario-types";

/** The settings of the sandbox process. */
export interface SandboxConfig {
  readonly stateDir: string;
  /** `undefined`: the built-in demo. */
  readonly scenario: Scenario | undefined;
  /** A built-in name, or the whole path of the scenario's file. */
  readonly scenarioSource: string;
  /** 0: free ports. */
  readonly basePort: number;
  readonly externalImages: readonly string[];
  readonly timing: string;
  /** Of the control port. */
  readonly listen: { readonly host: string; readonly port: number };
  /** Where pods that are run outside enter the network; undefined: nowhere. */
  readonly podsListen: { readonly host: string; readonly port: number } | undefined;
  readonly exitWithParent: boolean;
}

/** A setting that is wrong; the message names the variable and the cure. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

/** Reads the settings from environment variables. */
export function readConfig(env: Readonly<Record<string, string | undefined>>): SandboxConfig {
  const stateDir = env["ISTHMUS_SANDBOX_STATE"] ?? "";
  if (stateDir === "")
    throw new ConfigError("ISTHMUS_SANDBOX_STATE is not set: give the folder in which the sandbox keeps its clusters");
  return {
    stateDir,
    scenario: scenarioOf(env["ISTHMUS_SANDBOX_SCENARIO"] ?? ""),
    scenarioSource: sourceOf(env["ISTHMUS_SANDBOX_SCENARIO"] ?? ""),
    basePort: readPort("ISTHMUS_SANDBOX_BASE_PORT", env["ISTHMUS_SANDBOX_BASE_PORT"] ?? "0"),
    externalImages: (env["ISTHMUS_SANDBOX_EXTERNAL_IMAGES"] ?? "")
      .split(",")
      .map((image) => image.trim())
      .filter((image) => image !== ""),
    timing: env["ISTHMUS_SANDBOX_TIME"] ?? "",
    listen: readListen("ISTHMUS_SANDBOX_LISTEN", env["ISTHMUS_SANDBOX_LISTEN"] ?? "127.0.0.1:0"),
    podsListen: readPodsListen(env["ISTHMUS_SANDBOX_PODS_LISTEN"] ?? ""),
    exitWithParent: env["ISTHMUS_EXIT_WITH_PARENT"] === "1",
  };
}

function readPort(variable: string, text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_500) return port;
  throw new ConfigError(
    `${variable} is ${JSON.stringify(text)}: give the first port, between 1024 and 65500, or 0 for free ports`,
  );
}

const readPodsListen = (text: string): SandboxConfig["podsListen"] =>
  text === "" ? undefined : readListen("ISTHMUS_SANDBOX_PODS_LISTEN", text);

function readListen(variable: string, text: string): SandboxConfig["listen"] {
  const [, host = "", port = ""] = /^(.+):(\d+)$/.exec(text) ?? [];
  if (host !== "") return { host, port: readPort(variable, port) };
  throw new ConfigError(`${variable} is ${JSON.stringify(text)}: give an address and a port, such as 127.0.0.1:7450`);
}

function sourceOf(nameOrFile: string): string {
  if (nameOrFile === "") return "boutique";
  return Object.hasOwn(builtInScenarios, nameOrFile) ? nameOrFile : path.resolve(nameOrFile);
}

/** A scenario that cannot be run ends the start with all that is wrong with it. */
function scenarioOf(nameOrFile: string): Scenario | undefined {
  if (nameOrFile === "") return undefined;
  const read = readScenario(nameOrFile);
  if (read.ok) return read.value;
  throw new ConfigError(
    read.error.map((problem) => `ISTHMUS_SANDBOX_SCENARIO names ${problemText(problem)}`).join("\n"),
  );
}
