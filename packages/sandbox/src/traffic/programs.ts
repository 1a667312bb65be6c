import { boutiquePrograms } from "./boutique";
import { probeProgram } from "./probe";
import type { Program } from "./program";

const idle: Program = { serve: async () => "answered" };

const PROGRAMS: ReadonlyMap<string, Program> = new Map([
  ...boutiquePrograms,
  ["coredns", idle],
  ["redis", idle],
  ["probe", probeProgram],
]);

/** The program of an image's name; what is not known listens and answers, and calls nobody. */
export function programOf(image: string): Program {
  return PROGRAMS.get(image) ?? idle;
}
