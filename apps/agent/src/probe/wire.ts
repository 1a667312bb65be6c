import { parseAddressText } from "./address-text";

/** Bytes of a question or an answer, line end included, beyond which nobody of ours speaks. */
export const MAX_LINE_BYTES = 128;

const QUESTION = /^isthmus-probe\/1 ([0-9a-f]{32})$/u;
const ANSWER = /^isthmus-probe\/1 ([0-9a-f]{32}) ([0-9a-fA-F.:]{2,45})$/u;

/** What a prober says: `isthmus-probe/1 <nonce>`, where the nonce is 32 hexadecimal digits. */
export const questionOf = (nonce: string): string => `isthmus-probe/1 ${nonce}\n`;

/** The nonce of a question without its line end; undefined where it is none. */
export const nonceOf = (line: string): string | undefined => QUESTION.exec(line)?.[1];

/** What a probe pod says: the nonce again, and the address that it saw the question come from. */
export const answerOf = (nonce: string, seen: string): string => `isthmus-probe/1 ${nonce} ${parseAddressText(seen)}\n`;

/** The address in an answer to `nonce`; undefined where it is no answer to that. */
export function seenIn(line: string, nonce: string): string | undefined {
  const [, answered, seen] = ANSWER.exec(line) ?? [];
  return answered === nonce ? seen : undefined;
}
