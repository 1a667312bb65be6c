import { hash, verify } from "@node-rs/argon2";

// OWASP's parameters for argon2id; they are part of each encoded hash, so that raising them breaks none.
const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/** The fewest characters of a password. Length is what helps; nothing else is asked of it. */
export const shortestPassword = 12;

/** Hashes a password with argon2id; the result carries its salt and cost. */
export const hashPassword = (password: string): Promise<string> => hash(password, cost);

// Verified in place of a hash that is not there, so that an unknown e-mail takes as long as a wrong password.
let decoy: Promise<string> | undefined;

/** Whether the password fits. With no hash the same work is done, and the answer is no. */
export async function passwordFits(encoded: string | null | undefined, password: string): Promise<boolean> {
  const against = encoded ?? (await (decoy ??= hashPassword("a password that nobody has")));
  const fits = await verify(against, password).catch(() => false);
  return fits && encoded !== null && encoded !== undefined;
}
