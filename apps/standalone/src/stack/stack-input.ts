import type { StandaloneConfig } from "../config";
import type { Console } from "../console";
import type { PidFile } from "../supervise/pid-file";
import type { Ports } from "./ports";
import type { Secrets, StateFolder } from "./state-folder";

/** What the stack is started from. */
export interface StackInput {
  readonly config: StandaloneConfig;
  readonly folder: StateFolder;
  readonly secrets: Secrets;
  readonly ports: Ports;
  readonly pids: PidFile;
  readonly console: Console;
}
