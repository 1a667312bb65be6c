import { z } from "zod";
import { grantInput } from "../../roles/server";
import { personName } from "../../sign-in/server";

export const personInput = z.object({ personId: z.uuid() });

const email = z
  .string()
  .trim()
  .toLowerCase()
  .max(320)
  .regex(/^[^\s@]+@[^\s@]+$/, "This is not an e-mail address.");

/** Somebody to be invited, for how many days, and with which role where. */
export const inviteInput = z.object({ email, days: z.number().int().min(1).max(30).default(7), ...grantInput });

const secret = z.string().regex(/^[A-Za-z0-9_-]{43}$/, "This is not a whole link. Copy it again.");

export const secretInput = z.object({ token: secret });

/** A new account of whoever has the link. The password's length is checked where passwords are. */
export const newAccountInput = z.object({
  token: secret,
  displayName: personName,
  password: z.string().max(1_000),
});

export type InviteInput = z.infer<typeof inviteInput>;
export type NewAccountInput = z.infer<typeof newAccountInput>;
