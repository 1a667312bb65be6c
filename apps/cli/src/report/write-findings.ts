import type { Sink } from "../io";
import type { Finding } from "./finding";
import { paintFor } from "./paint";
import { renderFinding } from "./render-finding";

/** Writes findings one after the other, with an empty line between those that show their source. */
export function writeFindings(sink: Sink, findings: readonly Finding[]): void {
  const paint = paintFor(sink);
  for (const finding of findings) sink.write(`${renderFinding(finding, paint)}\n`);
}
