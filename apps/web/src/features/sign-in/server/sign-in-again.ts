import { listProviders } from "@isthmus/db";
import { z } from "zod";
import { isDeletionDue, type Identity } from "../../../server/identity";
import type { Server } from "../../../server/server";
import { isConfined } from "./confined";

/** How a person who is signed in gets into another organisation of theirs, which wants its own provider. */
interface SignInAgain {
  readonly organisation: string;
  /** The organisation that the session is good in meanwhile. */
  readonly present: string;
  readonly email: string;
  readonly providers: readonly { readonly id: string; readonly name: string }[];
}

const uuid = z.uuid();

/** Reads what the sign-in page shows for an organisation; undefined where this session has no use for it. */
export async function signInAgain(
  { database, clock }: Server,
  identity: Identity | undefined,
  organisationId: string | undefined,
): Promise<SignInAgain | undefined> {
  if (identity === undefined || isConfined(identity) || !uuid.safeParse(organisationId).success) return undefined;
  const there = (await database.lookups.listMemberships(identity.person.id)).find(
    (each) => each.organisationId === organisationId,
  );
  if (there === undefined || !there.requiresOwnProvider || isDeletionDue(there, clock.now())) return undefined;
  if (there.organisationId === identity.organisationId) return undefined;
  const providers = await database.forOrganisation(there.organisationId).transaction(listProviders);
  return {
    organisation: there.organisationName,
    present: identity.organisationName,
    email: identity.person.email,
    providers: providers.filter(({ enabled }) => enabled).map(({ id, name }) => ({ id, name })),
  };
}
