import { createCipheriv, createDecipheriv, createHmac, hkdfSync, timingSafeEqual } from "node:crypto";
import type { ClickHouse } from "../clickhouse-client";

/** What makes a stored flow one flow, within its organisation. */
export interface FlowIdentity {
  readonly clusterId: string;
  /** Unix seconds. */
  readonly bucket: number;
  /** An unsigned 64-bit number in decimal. */
  readonly keyHash: string;
  readonly correction: number;
  readonly incarnation: string;
}

/**
 * Makes opaque texts of identities, safe in a URL's path, and reads them. They are sealed, since the hash of a flow's
 * key would tell who guesses the names of a hidden end that the guess is right; the same flow has the same id.
 */
export interface FlowIds {
  readonly idOf: (flow: FlowIdentity) => string;
  /** Undefined for what `idOf` did not make. */
  readonly parse: (id: string) => FlowIdentity | undefined;
}

/** ClickHouse with the ids of its flows. */
export interface FlowSource extends ClickHouse {
  readonly ids: FlowIds;
}

const tagBytes = 16;

/** Ids under a secret that every process shares which reads the same store. */
export function createFlowIds(secret: string): FlowIds {
  const keys = Buffer.from(hkdfSync("sha256", secret, "", "isthmus flow ids", 64));
  const [sealing, signing] = [keys.subarray(0, 32), keys.subarray(32)];
  // The tag is the counter's start as well (as in RFC 5297), so that no chance is needed and equal flows have equal ids.
  const tagOf = (text: Buffer) => createHmac("sha256", signing).update(text).digest().subarray(0, tagBytes);
  return {
    idOf: ({ clusterId, bucket, keyHash, correction, incarnation }) => {
      const text = Buffer.from([clusterId, bucket, keyHash, correction, incarnation].join("/"));
      const tag = tagOf(text);
      const cipher = createCipheriv("aes-256-ctr", sealing, tag);
      return Buffer.concat([tag, cipher.update(text), cipher.final()]).toString("base64url");
    },
    parse: (id) => {
      const sealed = Buffer.from(id, "base64url");
      if (sealed.length <= tagBytes || sealed.toString("base64url") !== id) return undefined;
      const tag = sealed.subarray(0, tagBytes);
      const decipher = createDecipheriv("aes-256-ctr", sealing, tag);
      const text = Buffer.concat([decipher.update(sealed.subarray(tagBytes)), decipher.final()]);
      return timingSafeEqual(tag, tagOf(text)) ? read(text.toString("utf8")) : undefined;
    },
  };
}

function read(text: string): FlowIdentity | undefined {
  const match = /^([0-9a-f-]{36})\/(\d{1,10})\/(\d{1,20})\/(\d{1,5})\/([\s\S]*)$/.exec(text);
  if (!match) return undefined;
  const [, clusterId = "", bucket, keyHash = "", correction, incarnation = ""] = match;
  return { clusterId, bucket: Number(bucket), keyHash, correction: Number(correction), incarnation };
}
