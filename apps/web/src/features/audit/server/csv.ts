import type { AuditEntry } from "@isthmus/audit";

const columns = [
  "seq",
  "at",
  "actor_kind",
  "actor_id",
  "actor_name",
  "action",
  "target_kind",
  "target_id",
  "target_name",
  "ip",
  "detail",
  "prev",
  "hash",
] as const;

/** The first line of an export as CSV. */
export const csvHeader = `${columns.join(",")}\r\n`;

/**
 * A field as RFC 4180 has it. What a spreadsheet would take for a formula gets an apostrophe before it: names are chosen
 * by people, and a log is opened by others.
 */
export function csvField(text: string): string {
  const safe = /^\s*[=+\-@]|^[\t\r\n]/.test(text) ? `'${text}` : text;
  return `"${safe.replaceAll('"', '""')}"`;
}

/** One entry as a line of CSV. */
export function csvLine({ place, at, actor, action, target, detail, ip }: AuditEntry): string {
  const fields: readonly string[] = [
    place === undefined ? "" : String(place.seq),
    at,
    actor.kind,
    actor.id ?? "",
    actor.name,
    action,
    target.kind,
    target.id,
    target.name,
    ip,
    Object.keys(detail).length === 0 ? "" : JSON.stringify(detail),
    place?.prev ?? "",
    place?.hash ?? "",
  ];
  return `${fields.map(csvField).join(",")}\r\n`;
}
