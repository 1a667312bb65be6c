import { clearAccountNotices, findAccountNotices, listAccountProviders, type AccountNotices } from "@isthmus/db";
import type { PersonContext, RequestContext } from "../../../../server/context";
import { AppError } from "../../../../server/errors";
import { isConfined, requireUnconfined } from "../confined";

type Context = RequestContext & PersonContext;

const dayMs = 86_400_000;
// A link may have been used by somebody else than its person, who finds out when their own password opens nothing.
const waitMs = dayMs;
const shownMs = 90 * dayMs;

/** What an administrator did to the account, and which providers open it beside a password that a link set. */
export interface Notices extends AccountNotices {
  readonly connected: readonly string[];
}

/** What an administrator did to the account, until its person says that they saw it; not told to a confined session. */
export async function notices({ wholeOrganisation, person, identity }: Context): Promise<Notices> {
  const none = { secondFactorTakenAt: null, passwordResetAt: null, connected: [] };
  if (isConfined(identity)) return none;
  return wholeOrganisation.transaction(async (tx) => {
    const found = await findAccountNotices(tx, person.id);
    if (found === undefined) return none;
    const { secondFactorTakenAt, passwordResetAt } = found;
    const providers = passwordResetAt === null ? [] : await listAccountProviders(tx, person.id);
    const connected = providers.filter(({ connectedAs }) => connectedAs.length > 0).map(({ name }) => name);
    return { secondFactorTakenAt, passwordResetAt, connected };
  });
}

/** The person saw it. */
export async function acknowledgeNotices({ wholeOrganisation, person, identity }: Context): Promise<void> {
  requireUnconfined(identity);
  await wholeOrganisation.transaction((tx) => clearAccountNotices(tx, person.id));
}

/** When a link set the password, for ninety days, whoever said that they saw it; null otherwise. */
export async function passwordSetByLink({ wholeOrganisation, person, server }: Context): Promise<Date | null> {
  const found = await wholeOrganisation.transaction((tx) => findAccountNotices(tx, person.id));
  const at = found?.passwordLinkUsedAt ?? null;
  return at !== null && server.clock.now() - at.getTime() < shownMs ? at : null;
}

/** Refuses to make what a link opened last for good: until the person has seen it, and for a day after. */
export async function requireSettledPassword({ wholeOrganisation, person, server }: Context): Promise<void> {
  const found = await wholeOrganisation.transaction((tx) => findAccountNotices(tx, person.id));
  const usedAtMs = found?.passwordLinkUsedAt?.getTime() ?? -Infinity;
  if (server.clock.now() - usedAtMs < waitMs) {
    throw new AppError(
      "barred",
      "Your password was set by a link less than a day ago. A provider can be connected a day after that.",
    );
  }
  if (found?.passwordResetAt) {
    throw new AppError(
      "barred",
      "Your password was set by a link. Say at the top of the page that you have seen it, then connect a provider.",
    );
  }
}
