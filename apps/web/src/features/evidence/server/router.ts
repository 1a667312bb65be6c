import { router } from "../../../server/trpc";

export const evidenceRouter = router({});
