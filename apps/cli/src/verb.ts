import type { Io } from "./io";

/** What a command's exit says: what was asked holds, does not hold, or the input is bad. */
export const EXIT = { holds: 0, fails: 1, badInput: 2 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** An option of a command, as it is shown in its help. */
export interface VerbOption {
  /** As commander reads it: `-o, --output <format>`. */
  readonly flags: string;
  readonly description: string;
  readonly choices?: readonly string[];
  readonly fallback?: string;
  readonly required?: boolean;
  /** May be given several times; its value is then a list. */
  readonly repeatable?: boolean;
}

/** A command with its options as a person gave them. */
export interface Invocation {
  readonly operands: readonly string[];
  readonly options: Readonly<Record<string, unknown>>;
  readonly io: Io;
}

/** One command of `isthmus`. */
export interface Verb {
  readonly name: string;
  /** The command that it is a part of, as in `isthmus audit verify`. */
  readonly group?: { readonly name: string; readonly summary: string };
  readonly summary: string;
  /** Whole sentences below the usage line. */
  readonly description: string;
  /** Operands as commander reads them: `<path...>`. */
  readonly operands: readonly { readonly name: string; readonly description: string }[];
  readonly options: readonly VerbOption[];
  readonly examples: readonly { readonly text: string; readonly command: string }[];
  /** What exit codes 0 and 1 mean here. */
  readonly exits: { readonly holds: string; readonly fails?: string };
  readonly run: (invocation: Invocation) => Promise<ExitCode>;
}

/** An option's text; undefined where it was not given. */
export function textOption({ options }: Invocation, name: string): string | undefined {
  const value = options[name];
  return typeof value === "string" ? value : undefined;
}

/** The texts of an option that takes several or may be repeated. */
export function textsOption({ options }: Invocation, name: string): readonly string[] {
  const value = options[name];
  return Array.isArray(value) ? value.filter((text) => typeof text === "string") : [];
}

/** Whether a switch was given. */
export const switchOption = ({ options }: Invocation, name: string): boolean => options[name] === true;

/** The words that a command is called by. */
export const wordsOf = ({ group, name }: Pick<Verb, "group" | "name">): readonly string[] =>
  group === undefined ? [name] : [group.name, name];
