import { isObject, type JsonObject } from "../json";
import { wireText } from "../store/wire-text";
import type { KubeObject } from "../store/types";

const itemsEnd = Buffer.from("]}");
const comma = Buffer.from(",");

/** An answer's body as JSON; the items of a list are taken as they were written before, where they were. */
export function answerBytes(body: JsonObject): Buffer {
  const { items, ...rest } = body;
  if (!Array.isArray(items) || items.length === 0 || !items.every(isObject)) return Buffer.from(JSON.stringify(body));
  const head = JSON.stringify(rest);
  const pieces: Buffer[] = [Buffer.from(`${head.slice(0, -1)}${head === "{}" ? "" : ","}"items":[`)];
  for (const item of items) pieces.push(wireText(item as unknown as KubeObject), comma);
  pieces[pieces.length - 1] = itemsEnd;
  return Buffer.concat(pieces);
}
