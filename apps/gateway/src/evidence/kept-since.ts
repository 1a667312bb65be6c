import { findRetentionSetting, type Database } from "@isthmus/db";
import { keptSince, readRetention, type Retention } from "@isthmus/flow-store";
import type { Clock } from "@isthmus/std";

/** How long an organisation's setting is believed, in ms. */
const BELIEVED_MS = 60_000;

/** Since when flows of an organisation are kept, in Unix ms: what is older when it arrives is not stored. */
export type KeptSince = (organisationId: string) => Promise<number>;

/** Reads organisations' settings, each at most once a minute; `defaults` hold where one has set nothing. */
export function createKeptSince(database: Database, clock: Clock, defaults: Retention): KeptSince {
  const known = new Map<string, { readonly days: number; readonly readAtMs: number }>();
  return async (organisationId) => {
    const before = known.get(organisationId);
    if (before !== undefined && clock.now() - before.readAtMs < BELIEVED_MS) return keptSince(before.days, clock.now());
    const setting = await database.forOrganisation(organisationId).transaction((tx) => findRetentionSetting(tx));
    const days = readRetention(setting, defaults).flows;
    known.set(organisationId, { days, readAtMs: clock.now() });
    return keptSince(days, clock.now());
  };
}
