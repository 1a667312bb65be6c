import type { SourceEvents } from "../../evidence-source";

/** What a source tells, heard by nobody: tests listen to what they are about. */
export const silentEvents: SourceEvents = {
  state: () => undefined,
  resumed: () => undefined,
  closedWindow: () => undefined,
  reconciled: () => undefined,
  unreconciled: () => undefined,
  lost: () => undefined,
  faulty: () => undefined,
};
