import { auditRouter } from "../features/audit/server";
import { clustersRouter } from "../features/clusters/server";
import { connectivityRouter } from "../features/connectivity/server";
import { evidenceRouter } from "../features/evidence/server";
import { examinationRouter } from "../features/examination/server";
import { flowsRouter } from "../features/flows/server";
import { frameRouter } from "../features/frame/server";
import { graphRouter } from "../features/graph/server";
import { membersRouter } from "../features/members/server";
import { organisationsRouter } from "../features/organisations/server";
import { overviewRouter } from "../features/overview/server";
import { policiesRouter, tiersRouter } from "../features/policies/server";
import { publicationsRouter } from "../features/publications/server";
import { rolesRouter } from "../features/roles/server";
import { storageRouter } from "../features/storage/server";
import { accountRouter, providersRouter, signInRouter } from "../features/sign-in/server";
import { tokensRouter } from "../features/tokens/server";
import { router } from "./trpc";

/** The whole API: one line a feature. */
export const appRouter = router({
  signIn: signInRouter,
  account: accountRouter,
  providers: providersRouter,
  audit: auditRouter,
  roles: rolesRouter,
  members: membersRouter,
  organisations: organisationsRouter,
  tokens: tokensRouter,
  clusters: clustersRouter,
  connectivity: connectivityRouter,
  policies: policiesRouter,
  publications: publicationsRouter,
  tiers: tiersRouter,
  frame: frameRouter,
  evidence: evidenceRouter,
  examination: examinationRouter,
  flows: flowsRouter,
  graph: graphRouter,
  overview: overviewRouter,
  storage: storageRouter,
});

export type AppRouter = typeof appRouter;
