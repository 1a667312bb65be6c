import { sha256 } from "./crypto";

/** A value that JSON can hold. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined };

/** JSON with keys sorted by code unit and no spaces; members that are undefined are left out. */
export function canonicalJson(value: Json): string {
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  if (isList(value)) return `[${value.map(canonicalJson).join(",")}]`;
  const members: string[] = [];
  for (const key of Object.keys(value).toSorted()) {
    const member = value[key];
    if (member !== undefined) members.push(`${JSON.stringify(key)}:${canonicalJson(member)}`);
  }
  return `{${members.join(",")}}`;
}

const isList = (value: Json): value is readonly Json[] => Array.isArray(value);

/** A body for the wire: canonical JSON as UTF-8, and its SHA-256. */
export function hashedBody(value: Json): { readonly body: Uint8Array; readonly hash: Uint8Array } {
  const body = new TextEncoder().encode(canonicalJson(value));
  return { body, hash: sha256(body) };
}
