import { router } from "../../../server/trpc";

export const overviewRouter = router({});
