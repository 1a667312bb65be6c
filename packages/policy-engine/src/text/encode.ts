import { sha256 } from "@noble/hashes/sha2.js";

const BASE64_URL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const HEX = "0123456789abcdef";

/** Writes a code point at a place and gives the place after it. */
function putCodePoint(bytes: Uint8Array, at: number, code: number): number {
  let next = at;
  const put = (byte: number) => {
    bytes[next] = byte;
    next += 1;
  };
  if (code < 0x800) put(0xc0 | (code >> 6));
  else if (code < 0x10000) {
    put(0xe0 | (code >> 12));
    put(0x80 | ((code >> 6) & 0x3f));
  } else {
    put(0xf0 | (code >> 18));
    put(0x80 | ((code >> 12) & 0x3f));
    put(0x80 | ((code >> 6) & 0x3f));
  }
  put(0x80 | (code & 0x3f));
  return next;
}

/** The UTF-8 bytes of a text; a lone surrogate becomes U+FFFD. (TextEncoder belongs to a platform, which this package has none of.) */
export function utf8Bytes(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length * 3);
  let at = 0;
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) {
      bytes[at] = unit;
      at += 1;
      continue;
    }
    const code = text.codePointAt(i) ?? 0xfffd;
    if (code > 0xffff) i += 1;
    at = putCodePoint(bytes, at, code >= 0xd800 && code <= 0xdfff ? 0xfffd : code);
  }
  return bytes.subarray(0, at);
}

/** Base64 with the URL alphabet and no padding (RFC 4648, section 5). */
export function base64Url(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; i += 3) {
    const chunk = bytes.subarray(i, i + 3);
    const bits = ((chunk[0] ?? 0) << 16) | ((chunk[1] ?? 0) << 8) | (chunk[2] ?? 0);
    for (let k = 0; k <= chunk.length; k += 1) text += BASE64_URL.charAt((bits >> (18 - 6 * k)) & 63);
  }
  return text;
}

/** Lower-case hex. */
export function hex(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += HEX.charAt(byte >> 4) + HEX.charAt(byte & 15);
  return text;
}

/** Hex SHA-256 of a text's UTF-8 bytes. */
export const sha256Hex = (text: string): string => hex(sha256(utf8Bytes(text)));
