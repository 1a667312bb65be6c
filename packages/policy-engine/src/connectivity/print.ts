import type { Vocabulary } from "../sets/connection-text";
import type { Connectivity } from "./connectivity";
import { formatPart, linesOf, vocabularyOf } from "./lines";
import type { NameEndpoint } from "./units";

/** How connectivity is written. */
export interface PrintOptions {
  readonly nameOf: NameEndpoint;
  /** Default: that of Kubernetes where all policies are Kubernetes', else Calico's. */
  readonly vocabulary?: Vocabulary;
}

/** One line a pair: `source => destination : connections`, sorted; what is unknown comes after, and says so. */
export function printText(connectivity: Connectivity, { nameOf, vocabulary }: PrintOptions): string {
  const words = vocabulary ?? vocabularyOf(connectivity);
  const [allowed, unknown]: [string[], string[]] = [[], []];
  for (const line of linesOf(connectivity, nameOf)) {
    const pair = `${line.source.name} => ${line.destination.name}`;
    const [surely, maybe] = [formatPart(line, "allowed", words), formatPart(line, "unknown", words)];
    if (surely !== undefined) allowed.push(`${pair} : ${surely}`);
    if (maybe !== undefined) unknown.push(`unknown: ${pair} : ${maybe}`);
  }
  return [...allowed, ...unknown].join("\n");
}
