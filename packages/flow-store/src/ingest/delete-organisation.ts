import type { ClickHouse } from "../clickhouse-client";
import { localName, onClusterOf } from "../schema/schema-place";
import { tables } from "../schema/tables";

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Throws a TypeError for what is not an organisation's id, and could be SQL where no parameter can be. */
export function requireOrganisationId(organisationId: string): void {
  if (!uuid.test(organisationId)) throw new TypeError(`not an organisation id: ${JSON.stringify(organisationId)}`);
}

/** Deletes everything of an organisation from every table, one after the other, and waits until each is rewritten. */
export async function deleteOrganisation(clickhouse: ClickHouse, organisationId: string): Promise<void> {
  // A mutation is stored as text, and takes no parameters.
  requireOrganisationId(organisationId);
  for (const { name } of tables) {
    await clickhouse.command(
      `ALTER TABLE ${localName(clickhouse, name)}${onClusterOf(clickhouse)} DELETE WHERE organisation_id = '${organisationId}' SETTINGS mutations_sync = 2`,
    );
  }
}
