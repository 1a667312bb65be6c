import { openAuditExport } from "../../../../features/audit/server";
import { download } from "../../../../server/download";
import { getServer } from "../../../../server/main";

export const dynamic = "force-dynamic";

/** The audit log as a file, with the filters of its page. */
export const GET = async (request: Request): Promise<Response> =>
  download(await getServer(), request, { permission: "audit.export", open: openAuditExport });
