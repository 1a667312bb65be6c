import { randomUUID } from "node:crypto";
import type { KubeObject } from "../store/types";

interface Rest {
  readonly objects: readonly KubeObject[];
  readonly resourceVersion: string;
  readonly expiresAtMs: number;
}

/** Whether a token has the form of those that are given here. */
export const isListToken = (token: string): boolean => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(token);

const keepMs = 5 * 60_000;
const keepAtMost = 64;

/** The remainders of lists that were cut by `limit`, so that `continue` goes on in the same version. */
export class ListSnapshots {
  readonly #rests = new Map<string, Rest>();

  /** Keeps a remainder for five minutes; returns the token that names it. */
  keep(rest: { readonly objects: readonly KubeObject[]; readonly resourceVersion: string }, now: number): string {
    for (const [token, { expiresAtMs }] of this.#rests) {
      if (expiresAtMs <= now || this.#rests.size >= keepAtMost) this.#rests.delete(token);
    }
    const token = randomUUID();
    this.#rests.set(token, { ...rest, expiresAtMs: now + keepMs });
    return token;
  }

  /** The remainder that `token` names, while it is kept. */
  find(token: string, now: number): Omit<Rest, "expiresAtMs"> | undefined {
    const rest = this.#rests.get(token);
    return rest && rest.expiresAtMs > now ? rest : undefined;
  }
}
