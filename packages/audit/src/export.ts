import type { JsonObject } from "@isthmus/policy-engine";
import { err, ok, type Result } from "@isthmus/std";
import type { AuditEntry, EntryActor, EntryTarget } from "./entry";
import type { ChainHead } from "./verify";

/** What an export says of itself in its first line. */
export interface ExportHeader {
  readonly organisation: { readonly id: string; readonly name: string };
  /** What was asked for; empty where it is everything. */
  readonly filter: Readonly<Record<string, string>>;
  /** The head of the chain when the export began; null where nothing was chained yet. */
  readonly head: ChainHead | null;
  readonly exportedAt: string;
}

const FORMAT = "isthmus-audit";
const VERSION = 1;

/** The first line of an export as JSON Lines, without its end. */
export const headerLine = (header: ExportHeader): string =>
  JSON.stringify({ format: FORMAT, version: VERSION, ...header });

/** One entry as a line of an export, without its end. */
export function entryLine({ place, at, actor, action, target, detail, ip }: AuditEntry): string {
  const { seq, prev, hash } = place ?? { seq: null, prev: null, hash: null };
  return JSON.stringify({ seq, at, actor, action, target, detail, ip, prev, hash });
}

type Fields = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isText = (value: unknown): value is string => typeof value === "string";

function parsed(line: string): Result<Fields, string> {
  try {
    const value: unknown = JSON.parse(line);
    return isObject(value) ? ok(value) : err("this line is not a JSON object");
  } catch {
    return err("this line is not JSON");
  }
}

function readHead(value: unknown): ChainHead | null | undefined {
  if (value === null) return null;
  return isObject(value) && Number.isSafeInteger(value["seq"]) && isText(value["hash"])
    ? { seq: Number(value["seq"]), hash: value["hash"] }
    : undefined;
}

/** Reads the first line of an export. */
export function readHeader(line: string): Result<ExportHeader, string> {
  const read = parsed(line);
  if (!read.ok) return read;
  const { format, version, organisation, filter, head, exportedAt } = read.value;
  if (format !== FORMAT) return err("the first line does not begin an export of Isthmus's audit log");
  if (version !== VERSION) return err(`this export is of version ${String(version)}; version ${VERSION} can be read`);
  const noted = readHead(head);
  if (noted === undefined || !isObject(filter) || !isObject(organisation))
    return err("the first line lacks `organisation`, `filter` or `head`");
  return ok({
    organisation: { id: String(organisation["id"]), name: String(organisation["name"]) },
    filter: Object.fromEntries(Object.entries(filter).map(([key, value]) => [key, String(value)])),
    head: noted,
    exportedAt: String(exportedAt),
  });
}

const isParty = (value: unknown): value is EntryTarget & EntryActor =>
  isObject(value) && isText(value["kind"]) && isText(value["name"]) && (isText(value["id"]) || value["id"] === null);

/** Reads one entry of an export. */
export function readEntry(line: string): Result<AuditEntry, string> {
  const read = parsed(line);
  if (!read.ok) return read;
  const { seq, at, actor, action, target, detail, ip, prev, hash } = read.value;
  if (!isText(at) || !isText(action) || !isText(ip) || !isParty(actor) || !isParty(target) || !isObject(detail))
    return err("this line is not an entry: a field is missing or of another kind");
  const content = { at, actor, action, target, detail: detail as JsonObject, ip };
  if (seq === null && prev === null && hash === null) return ok({ ...content, place: undefined });
  if (!Number.isSafeInteger(seq) || !isText(prev) || !isText(hash))
    return err("this line is not an entry: `seq`, `prev` and `hash` belong together");
  return ok({ ...content, place: { seq: Number(seq), prev, hash } });
}
