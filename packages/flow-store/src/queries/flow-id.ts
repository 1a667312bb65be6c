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

/** The identity as an opaque text that is safe in a URL's path. */
export function flowIdOf({ clusterId, bucket, keyHash, correction, incarnation }: FlowIdentity): string {
  return Buffer.from([clusterId, bucket, keyHash, correction, incarnation].join("/")).toString("base64url");
}

/** Reads an id; undefined for what flowIdOf did not make. */
export function parseFlowId(id: string): FlowIdentity | undefined {
  const text = Buffer.from(id, "base64url").toString("utf8");
  const match = /^([0-9a-f-]{36})\/(\d{1,10})\/(\d{1,20})\/(\d{1,5})\/([\s\S]*)$/.exec(text);
  if (!match || Buffer.from(text).toString("base64url") !== id) return undefined;
  const [, clusterId = "", bucket, keyHash = "", correction, incarnation = ""] = match;
  return { clusterId, bucket: Number(bucket), keyHash, correction: Number(correction), incarnation };
}
