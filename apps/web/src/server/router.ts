import { auditRouter } from "../features/audit/server";
import { clustersRouter } from "../features/clusters/server";
import { evidenceRouter } from "../features/evidence/server";
import { flowsRouter } from "../features/flows/server";
import { frameRouter } from "../features/frame/server";
import { graphRouter } from "../features/graph/server";
import { overviewRouter } from "../features/overview/server";
import { policiesRouter, tiersRouter } from "../features/policies/server";
import { publicationsRouter } from "../features/publications/server";
import { signInRouter } from "../features/sign-in/server";
import { router } from "./trpc";

/** The whole API: one line a feature. */
export const appRouter = router({
  signIn: signInRouter,
  audit: auditRouter,
  clusters: clustersRouter,
  policies: policiesRouter,
  publications: publicationsRouter,
  tiers: tiersRouter,
  frame: frameRouter,
  evidence: evidenceRouter,
  flows: flowsRouter,
  graph: graphRouter,
  overview: overviewRouter,
});

export type AppRouter = typeof appRouter;
