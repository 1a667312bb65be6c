import { readFile } from "node:fs/promises";
import type { TokenSource } from "./cluster-access";

/** Kubelet rotates a projected token well before its end; reading it once a minute is what client-go does, too. */
const REREAD_AFTER_MS = 60_000;

/** A token kept in a file that somebody else rotates; `now` is in ms. */
export function tokenFromFile(path: string, now: () => number): TokenSource {
  let known: { readonly token: string; readonly readAtMs: number } | undefined;
  return {
    async token() {
      if (known === undefined || now() - known.readAtMs >= REREAD_AFTER_MS) {
        known = { token: (await readFile(path, "utf8")).trim(), readAtMs: now() };
      }
      return known.token;
    },
    reject() {
      known = undefined;
    },
  };
}

/** A token that stays as it is. */
export function fixedToken(token: string): TokenSource {
  return { token: () => Promise.resolve(token), reject: () => undefined };
}
