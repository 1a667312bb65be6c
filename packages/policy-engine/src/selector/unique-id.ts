import { sha224 } from "@noble/hashes/sha2.js";
import { base64Url, utf8Bytes } from "../text/encode";
import type { SelectorNode } from "./ast";
import { printSelector } from "./printer";

/** Calico's identifier of a selector: `s:` and the base64url SHA-224 of `s:` before its canonical text. */
export function selectorUniqueId(node: SelectorNode): string {
  return `s:${base64Url(sha224(utf8Bytes(`s:${printSelector(node)}`)))}`;
}
