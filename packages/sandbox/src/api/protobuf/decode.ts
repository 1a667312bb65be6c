import type { JsonObject } from "../../json";
import { timestamp } from "../../store/object-store";
import { badRequest } from "../status";
import { messages } from "./messages";

/** The media type of Kubernetes' protobuf. */
export const protobufType = "application/vnd.kubernetes.protobuf";

const magic = Buffer.from([0x6b, 0x38, 0x73, 0x00]);

/** One field as it stands in a message: a number, or bytes. */
interface Raw {
  readonly number: number;
  readonly value: bigint | Buffer;
}

interface FieldType {
  readonly name: string;
  readonly type: string;
  readonly pointer: boolean;
  readonly list: boolean;
  readonly map: boolean;
}

/** Reads a request body in Kubernetes' protobuf as the JSON that it stands for; refuses what it does not know. */
export function decodeProtobuf(body: Buffer): JsonObject {
  if (!body.subarray(0, magic.length).equals(magic))
    throw badRequest("the body of the request is no Kubernetes protobuf");
  const envelope = readFields(body.subarray(magic.length));
  const type = readFields(bytesAt(envelope, 1));
  const [apiVersion, kind] = [bytesAt(type, 1).toString("utf8"), bytesAt(type, 2).toString("utf8")];
  const name = messageName(apiVersion, kind);
  if (messages[name] === undefined) throw badRequest(`${apiVersion} ${kind} is not read in protobuf; send JSON`);
  return { apiVersion, kind, ...decodeMessage(name, bytesAt(envelope, 2)) };
}

function messageName(apiVersion: string, kind: string): string {
  if (kind === "DeleteOptions") return "meta.DeleteOptions";
  const group = apiVersion.includes("/") ? (apiVersion.split(/[./]/)[0] ?? "") : "core";
  return `${group}.${kind}`;
}

function bytesAt(fields: readonly Raw[], number: number): Buffer {
  const value = fields.find((field) => field.number === number)?.value;
  return Buffer.isBuffer(value) ? value : Buffer.alloc(0);
}

const typesOf = new Map<string, ReadonlyMap<number, FieldType>>();

function fieldTypes(message: string): ReadonlyMap<number, FieldType> {
  const known = typesOf.get(message);
  if (known) return known;
  const fields = (messages[message] ?? "")
    .split(" ")
    .filter((field) => field !== "")
    .map(parseField);
  const types = new Map(fields);
  typesOf.set(message, types);
  return types;
}

function parseField(source: string): readonly [number, FieldType] {
  const [number = "", name = "", type = ""] = source.split(":");
  const [list, map, pointer] = [type.includes("[]"), type.includes("{}"), type.includes("*")];
  return [Number(number), { name, type: type.replace(/[[\]{}*]/g, ""), list, map, pointer }];
}

function decodeMessage(message: string, bytes: Buffer): JsonObject {
  const types = fieldTypes(message);
  const result: Record<string, unknown> = {};
  for (const { number, value } of readFields(bytes)) {
    const type = types.get(number);
    if (!type) throw badRequest(`field ${number} of ${message} is not read in protobuf; send JSON`);
    if (type.type !== "!") put(result, type, value);
  }
  return result;
}

function put(result: Record<string, unknown>, type: FieldType, raw: bigint | Buffer): void {
  const value = type.map ? mapEntry(type, raw) : decodeValue(type.type, raw);
  if (type.name === "-") Object.assign(result, value);
  else if (type.map) result[type.name] = { ...(result[type.name] as JsonObject | undefined), ...(value as JsonObject) };
  else if (type.list) result[type.name] = [...((result[type.name] as readonly unknown[] | undefined) ?? []), value];
  else if (type.pointer || !isZero(value)) result[type.name] = value;
}

function isZero(value: unknown): boolean {
  const empty = typeof value === "object" && value !== null && Object.keys(value).length === 0;
  return value === "" || value === 0 || value === false || value === null || empty;
}

function mapEntry({ type }: FieldType, raw: bigint | Buffer): JsonObject {
  const entry = readFields(asBytes(raw));
  return { [bytesAt(entry, 1).toString("utf8")]: decodeValue(type, bytesAt(entry, 2)) };
}

function asBytes(raw: bigint | Buffer): Buffer {
  if (Buffer.isBuffer(raw)) return raw;
  throw badRequest("the body of the request is damaged protobuf");
}

function asNumber(raw: bigint | Buffer | undefined): number {
  return typeof raw === "bigint" ? Number(BigInt.asIntN(64, raw)) : 0;
}

function decodeValue(type: string, raw: bigint | Buffer): unknown {
  switch (type) {
    case "i":
      return asNumber(raw);
    case "b":
      return raw === 1n;
    case "s":
      return asBytes(raw).toString("utf8");
    case "y":
      return asBytes(raw).toString("base64");
    case "@time":
      return decodeTime(asBytes(raw));
    case "@quantity":
      return bytesAt(readFields(asBytes(raw)), 1).toString("utf8");
    case "@intOrString":
      return decodeIntOrString(asBytes(raw));
    case "@items":
      return readFields(asBytes(raw)).map(({ value }) => asBytes(value).toString("utf8"));
    default:
      return decodeMessage(type, asBytes(raw));
  }
}

/** An empty time is none. */
function decodeTime(bytes: Buffer): string | null {
  const seconds = readFields(bytes).find(({ number }) => number === 1)?.value;
  return seconds === undefined ? null : timestamp(asNumber(seconds) * 1_000);
}

function decodeIntOrString(bytes: Buffer): string | number {
  const fields = readFields(bytes);
  const isText = asNumber(fields.find(({ number }) => number === 1)?.value) === 1;
  return isText ? bytesAt(fields, 3).toString("utf8") : asNumber(fields.find(({ number }) => number === 2)?.value);
}

function readFields(bytes: Buffer): readonly Raw[] {
  const fields: Raw[] = [];
  for (let at = 0; at < bytes.length;) {
    const tag = readVarint(bytes, at);
    const number = Number(tag.value >> 3n);
    const { value, next } = readValue(bytes, tag.next, Number(tag.value & 7n));
    fields.push({ number, value });
    at = next;
  }
  return fields;
}

function readValue(bytes: Buffer, at: number, wireType: number): { value: bigint | Buffer; next: number } {
  if (wireType === 0) return readVarint(bytes, at);
  const fixed = wireType === 1 ? 8 : wireType === 5 ? 4 : undefined;
  const length = wireType === 2 ? readVarint(bytes, at) : { value: BigInt(fixed ?? -1), next: at };
  const next = length.next + Number(length.value);
  if (length.value < 0n || next > bytes.length) throw badRequest("the body of the request is damaged protobuf");
  return { value: bytes.subarray(length.next, next), next };
}

function readVarint(bytes: Buffer, start: number): { value: bigint; next: number } {
  let value = 0n;
  for (let at = start, shift = 0n; at < bytes.length && shift < 70n; at += 1, shift += 7n) {
    const byte = bytes[at] ?? 0;
    value |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) return { value, next: at + 1 };
  }
  throw badRequest("the body of the request is damaged protobuf");
}
