import { handleApiRequest } from "../../../../server/handler";
import { getServer } from "../../../../server/main";

export const dynamic = "force-dynamic";

const handle = async (request: Request): Promise<Response> => handleApiRequest(await getServer(), request);

export { handle as GET, handle as POST };
