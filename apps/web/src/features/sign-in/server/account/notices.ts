import { clearAccountNotices, findAccountNotices, type AccountNotices } from "@isthmus/db";
import type { PersonContext, RequestContext } from "../../../../server/context";
import { isConfined, requireUnconfined } from "../confined";

type Context = RequestContext & PersonContext;

/** What an administrator did to the account, until its person says that they saw it; not told to a confined session. */
export async function notices({ wholeOrganisation, person, identity }: Context): Promise<AccountNotices> {
  const none = { secondFactorTakenAt: null, passwordResetAt: null };
  if (isConfined(identity)) return none;
  return (await wholeOrganisation.transaction((tx) => findAccountNotices(tx, person.id))) ?? none;
}

/** The person saw it. */
export async function acknowledgeNotices({ wholeOrganisation, person, identity }: Context): Promise<void> {
  requireUnconfined(identity);
  await wholeOrganisation.transaction((tx) => clearAccountNotices(tx, person.id));
}
