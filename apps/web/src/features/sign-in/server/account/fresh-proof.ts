import { findPasswordHash, findSecondFactor, findSessionOrigin } from "@isthmus/db";
import type { PersonContext, RequestContext } from "../../../../server/context";
import { AppError } from "../../../../server/errors";
import { requirePassword } from "../change-password";
import { requireUnconfined } from "../confined";
import { requireCode } from "../second-factor";

type Context = RequestContext & PersonContext;

/** How long a sign-in stands in for a password that the person does not have. */
const recentMs = 10 * 60_000;

/** What a person is asked for before their ways to sign in change. */
export type ProofAsked = "password" | "password-and-code" | "sign-in" | "nothing";

/** A proof as the person gives it; each part where it is asked for. */
export interface GivenProof {
  readonly password?: string | undefined;
  readonly code?: string | undefined;
}

/** What this session has to prove again: a password where there is one, with a code where that is on, or to sign in. */
export function proofAsked({ wholeOrganisation, person, identity, server }: Context): Promise<ProofAsked> {
  return wholeOrganisation.transaction(async (tx) => {
    if (typeof (await findPasswordHash(tx, person.id)) === "string") {
      const factor = await findSecondFactor(tx, person.id);
      return factor === undefined || factor.confirmedAt === null ? "password" : "password-and-code";
    }
    const origin = await findSessionOrigin(tx, identity.sessionId);
    const provenAtMs = origin?.provenAt?.getTime() ?? 0;
    return server.clock.now() - provenAtMs <= recentMs ? "nothing" : "sign-in";
  });
}

/**
 * Asks the person to prove themselves anew. A provider asks for no code of ours, so that whoever connects one past a
 * second factor must have it.
 */
export async function requireFreshProof(ctx: Context, { password = "", code = "" }: GivenProof): Promise<void> {
  requireUnconfined(ctx.identity);
  const asked = await proofAsked(ctx);
  if (asked === "sign-in") {
    throw new AppError("barred", "Your sign-in was more than ten minutes ago. Sign in again, then come back here.");
  }
  if (asked === "nothing") return;
  await requirePassword(ctx, password);
  if (asked === "password-and-code") await requireCode(ctx, code);
}
