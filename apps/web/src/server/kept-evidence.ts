import { findRetentionSetting, findSweptEvidence, type OrganisationClient } from "@isthmus/db";
import { defaultRetention, keptOf, readRetention, type Kept } from "@isthmus/flow-store";
import type { Server } from "./server";

/** What an organisation keeps, read when it is first asked for and then for as long as whoever asks needs it. */
export function createKeptEvidence(
  { clock, config }: Pick<Server, "clock" | "config">,
  organisation: OrganisationClient,
): () => Promise<Kept> {
  let known: Promise<Kept> | undefined;
  const read = () =>
    organisation.transaction(async (tx) => {
      const retention = readRetention(await findRetentionSetting(tx), defaultRetention(config.retentionDays));
      return keptOf(retention, { nowMs: clock.now(), sweptMs: await findSweptEvidence(tx) });
    });
  return () => (known ??= read());
}
