import type { OrganisationTransaction } from "../transaction";
import { getSetting, putSetting } from "./settings";

const key = "evidence-retention";

/** Days by kind of evidence, as an organisation has set them; a kind that is absent follows the installation's default. */
export type RetentionSetting = Readonly<Record<string, number>>;

/** What the transaction's organisation has set of how long its evidence is kept; empty where it has set nothing. */
export async function findRetentionSetting(tx: OrganisationTransaction): Promise<RetentionSetting> {
  const value = await getSetting(tx, key);
  if (typeof value !== "object" || value === null) return {};
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, number] => Number.isInteger(entry[1])),
  );
}

/** Sets how long the transaction's organisation keeps its evidence. */
export async function putRetentionSetting(
  tx: OrganisationTransaction,
  { days, by, at }: { readonly days: RetentionSetting; readonly by: string; readonly at: Date },
): Promise<void> {
  await putSetting(tx, { key, value: days, by, at });
}
