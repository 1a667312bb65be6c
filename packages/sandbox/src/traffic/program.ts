import type { Address } from "../dataplane/address";
import type { ServeResult } from "./caller";
import type { Random } from "./random";

/** What a running program can do. */
export interface ProgramContext {
  /** The value of an environment variable of its container, "" where it is unset. */
  env(name: string): string;
  /** Calls the address that an environment variable names; false where it failed, which has then been recorded. */
  call(variable: string, operation: string, size?: CallSize): Promise<boolean>;
  readonly random: Random;
}

/** Bytes of a call. */
export interface CallSize {
  readonly requestBytes: number;
  readonly responseBytes: number;
}

/** What a program says to a line; undefined: it closes without a word. */
export type Converse = (line: string, peer: Address) => string | undefined;

/** The behaviour of a container image: how it answers, and what it calls for that. */
export interface Program {
  serve(operation: string, context: ProgramContext): Promise<ServeResult>;
  /** What one user of a load generator does. */
  visit?(context: ProgramContext): Promise<void>;
  /** Answers a line of bytes that came over a connection from `peer`. */
  readonly converse?: Converse;
}
