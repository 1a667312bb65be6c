import type { OrganisationTransaction } from "../transaction";
import { getSetting, putSetting } from "./settings";

const key = "evidence-retention";
const sweptKey = "evidence-swept";

/** Days by kind of evidence, as an organisation has set them; a kind that is absent follows the installation's default. */
export type RetentionSetting = Readonly<Record<string, number>>;

/** What the transaction's organisation has set of how long its evidence is kept; empty where it has set nothing. */
export async function findRetentionSetting(tx: OrganisationTransaction): Promise<RetentionSetting> {
  return integersOf(await getSetting(tx, key));
}

/** Sets how long the transaction's organisation keeps its evidence. */
export async function putRetentionSetting(
  tx: OrganisationTransaction,
  { days, by, at }: { readonly days: RetentionSetting; readonly by: string; readonly at: Date },
): Promise<void> {
  await putSetting(tx, { key, value: days, by, at });
}

/** By kind, the moment (Unix ms) before which evidence of the transaction's organisation was ever let go. */
export type SweptEvidence = Readonly<Record<string, number>>;

/** What of the transaction's organisation was ever let go; empty where nothing was. */
export async function findSweptEvidence(tx: OrganisationTransaction): Promise<SweptEvidence> {
  return integersOf(await getSetting(tx, sweptKey));
}

/** Notes what is about to be let go. It stays noted: a longer retention brings nothing back. */
export async function noteSweptEvidence(
  tx: OrganisationTransaction,
  { beforeMs, at }: { readonly beforeMs: SweptEvidence; readonly at: Date },
): Promise<void> {
  const noted = await findSweptEvidence(tx);
  const news = Object.entries(beforeMs).filter(([kind, ms]) => ms > (noted[kind] ?? 0));
  if (news.length === 0) return;
  await putSetting(tx, { key: sweptKey, value: { ...noted, ...Object.fromEntries(news) }, by: null, at });
}

function integersOf(value: unknown): Readonly<Record<string, number>> {
  if (typeof value !== "object" || value === null) return {};
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, number] => Number.isInteger(entry[1])),
  );
}
