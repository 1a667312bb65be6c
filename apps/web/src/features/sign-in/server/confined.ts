import { AppError } from "../../../server/errors";
import type { Identity } from "../../../server/identity";

/**
 * A session that an organisation's own provider proved is good in that organisation alone (ADR 0091): whoever runs the
 * provider may say there who anybody is, and must not thereby reach what they hold elsewhere.
 */
export const isConfined = ({ proof, organisationKind }: Identity): boolean =>
  proof.kind === "provider" && proof.own && organisationKind === "ordinary";

/** Refuses a confined session what reaches beyond its organisation. */
export function requireUnconfined(identity: Identity): void {
  if (!isConfined(identity)) return;
  throw new AppError(
    "forbidden",
    `You signed in with the own provider of ${identity.organisationName}, which is good there alone. Sign out, and sign in with your password or a provider for all.`,
  );
}
