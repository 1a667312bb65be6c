import { describeUserAgent } from "../../sign-in";
import type { AuditLine } from "./audit-page";

/** What an action was done to, as a person knows it; a session is known by its browser. */
export const targetName = ({ kind, name }: AuditLine["target"]): string =>
  kind === "session" ? describeUserAgent(name) : name;
