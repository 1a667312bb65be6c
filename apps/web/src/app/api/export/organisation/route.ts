import { openOrganisationExport } from "../../../../features/organisations/server";
import { download } from "../../../../server/download";
import { getServer } from "../../../../server/main";

export const dynamic = "force-dynamic";

/** Everything of the organisation as a file. */
export const GET = async (request: Request): Promise<Response> =>
  download(await getServer(), request, { permission: "organisation.manage", open: openOrganisationExport });
