import { handleHttpApi } from "../../../../features/http-api/server";
import { getServer } from "../../../../server/main";

export const dynamic = "force-dynamic";

const handle = async (request: Request): Promise<Response> => handleHttpApi(await getServer(), request);

export { handle as GET, handle as POST, handle as PUT, handle as DELETE };
