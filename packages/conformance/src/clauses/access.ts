import { listAt, recordAt, textAt } from "@isthmus/k8s";
import type { ApiUnderTest } from "../api-under-test";
import { clausesOf } from "../clause";
import { expectHas, expectOk, expectSame, expectStatus, expectThat } from "../expect";
import type { Workspace } from "../workspace";
import { createMap } from "./requests";

const RBAC = "https://kubernetes.io/docs/reference/access-authn-authz/rbac/";
const REVIEWS = "https://kubernetes.io/docs/reference/access-authn-authz/authorization/#checking-api-access";
const TOKENS = "https://kubernetes.io/docs/reference/kubernetes-api/authentication-resources/token-request-v1/";
const GROUP = "rbac.authorization.k8s.io/v1";

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  readonly resourceNames?: readonly string[];
}

const maps = (verbs: readonly string[], resourceNames?: readonly string[]): Rule => ({
  apiGroups: [""],
  resources: ["configmaps"],
  verbs,
  ...(resourceNames && { resourceNames }),
});

async function grant({ api, inGroup, namespace }: Workspace, account: string, rules: readonly Rule[]): Promise<void> {
  const metadata = { name: account };
  const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: account };
  const subjects = [{ kind: "ServiceAccount", name: account, namespace }];
  expectOk(
    await api.ask("POST", inGroup(GROUP, "roles"), { body: { apiVersion: GROUP, kind: "Role", metadata, rules } }),
  );
  expectOk(
    await api.ask("POST", inGroup(GROUP, "rolebindings"), {
      body: { apiVersion: GROUP, kind: "RoleBinding", metadata, roleRef, subjects },
    }),
  );
}

const mayI = async (api: ApiUnderTest, resourceAttributes: Readonly<Record<string, string>>): Promise<boolean> => {
  const body = { apiVersion: "authorization.k8s.io/v1", kind: "SelfSubjectAccessReview", spec: { resourceAttributes } };
  const answer = expectOk(await api.ask("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", { body }));
  return recordAt(answer.body, "status")["allowed"] === true;
};

/** Who somebody is and what they may do. */
export const accessClauses = clausesOf("access", RBAC, {
  "nobody-may-nothing": {
    says: "who sends no credentials may not read objects",
    source: "https://kubernetes.io/docs/reference/access-authn-authz/authentication/#anonymous-requests",
    check: async ({ as, core }) => {
      const { code } = await as(undefined).ask("GET", core("configmaps"));
      expectThat(code === 401 || code === 403, "401 or 403", code);
    },
  },
  "a-false-token-is-nobody": {
    says: "a token that the cluster did not issue answers 401 Unauthorized",
    check: async ({ as, core }) => {
      expectStatus(await as("not.a.token").ask("GET", core("configmaps")), 401, "Unauthorized");
    },
  },
  "without-a-role-there-is-no-right": {
    says: "an account without a role may not list, and is told verb, resource and namespace",
    check: async (workspace) => {
      const account = await workspace.createAccount("bare");
      const answer = expectStatus(await account.api.ask("GET", workspace.core("configmaps")), 403, "Forbidden");
      const message = textAt(answer.body, "message");
      const user = `system:serviceaccount:${workspace.namespace}:${account.name}`;
      expectThat(
        message.includes(
          `User "${user}" cannot list resource "configmaps" in API group "" in the namespace "${workspace.namespace}"`,
        ),
        "the refusal says who may not do what where",
        message,
      );
    },
  },
  "a-role-gives-what-it-names": {
    says: "a role bound in a namespace gives its verbs on its resources there, and no others",
    check: async (workspace) => {
      const account = await workspace.createAccount("reader");
      await createMap(workspace, "any");
      await grant(workspace, account.name, [maps(["get", "list"])]);
      await workspace.eventually(
        "the role is in force",
        () => account.api.ask("GET", workspace.core("configmaps")),
        ({ code }) => code === 200,
      );
      expectOk(await account.api.ask("GET", workspace.core("configmaps/any")));
      expectStatus(await account.api.ask("DELETE", workspace.core("configmaps/any")), 403, "Forbidden");
      expectStatus(await account.api.ask("GET", workspace.core("secrets")), 403, "Forbidden");
      expectStatus(await account.api.ask("GET", "/api/v1/configmaps"), 403, "Forbidden");
    },
  },
  "a-role-may-name-single-objects": {
    says: "resourceNames narrow a rule to the objects named",
    source: `${RBAC}#referring-to-resources`,
    check: async (workspace) => {
      const account = await workspace.createAccount("single");
      for (const name of ["mine", "yours"]) await createMap(workspace, name);
      await grant(workspace, account.name, [maps(["get"], ["mine"])]);
      const at = (name: string) => account.api.ask("GET", workspace.core(`configmaps/${name}`));
      await workspace.eventually(
        "the role is in force",
        () => at("mine"),
        ({ code }) => code === 200,
      );
      expectStatus(await at("yours"), 403, "Forbidden");
      expectStatus(await account.api.ask("GET", workspace.core("configmaps")), 403, "Forbidden");
    },
  },
  "a-right-that-is-taken-away-is-gone": {
    says: "a role that is no longer bound gives nothing",
    check: async (workspace) => {
      const account = await workspace.createAccount("former");
      await grant(workspace, account.name, [maps(["list"])]);
      const list = () => account.api.ask("GET", workspace.core("configmaps"));
      await workspace.eventually("the role is in force", list, ({ code }) => code === 200);
      expectOk(await workspace.api.ask("DELETE", workspace.inGroup(GROUP, `rolebindings/${account.name}`)));
      await workspace.eventually("the role is no longer in force", list, ({ code }) => code === 403);
    },
  },
  "nobody-gives-what-they-do-not-hold": {
    says: "a role with more than its author holds is refused with 403 Forbidden",
    source: `${RBAC}#privilege-escalation-prevention-and-bootstrapping`,
    check: async (workspace) => {
      const account = await workspace.createAccount("climber");
      await grant(workspace, account.name, [
        { apiGroups: ["rbac.authorization.k8s.io"], resources: ["roles"], verbs: ["create", "get"] },
      ]);
      const body = (verbs: readonly string[], name: string) => ({
        apiVersion: GROUP,
        kind: "Role",
        metadata: { name },
        rules: [maps(verbs)],
      });
      const roles = workspace.inGroup(GROUP, "roles");
      await workspace.eventually(
        "the role is in force",
        () => account.api.ask("GET", `${roles}/absent`),
        ({ code }) => code === 404,
      );
      const more = expectStatus(
        await account.api.ask("POST", roles, { body: body(["delete"], "more") }),
        403,
        "Forbidden",
      );
      const message = textAt(more.body, "message");
      expectThat(message.includes("attempting to grant RBAC permissions not currently held"), "it says why", message);
    },
  },
  "says-what-i-may": {
    says: "a SelfSubjectAccessReview says allowed exactly where the request would be",
    source: REVIEWS,
    check: async (workspace) => {
      const { namespace } = workspace;
      const account = await workspace.createAccount("asker");
      await grant(workspace, account.name, [maps(["get"])]);
      await workspace.eventually(
        "the role is in force",
        () => account.api.ask("GET", workspace.core("configmaps/absent")),
        ({ code }) => code === 404,
      );
      expectSame(await mayI(account.api, { verb: "get", resource: "configmaps", namespace }), true, "what it may");
      expectSame(
        await mayI(account.api, { verb: "delete", resource: "configmaps", namespace }),
        false,
        "what it may not",
      );
      expectSame(await mayI(account.api, { verb: "get", resource: "configmaps" }), false, "what it may not everywhere");
    },
  },
  "says-what-others-may": {
    says: "a SubjectAccessReview says what somebody else may",
    source: REVIEWS,
    check: async (workspace) => {
      const { api, namespace } = workspace;
      const account = await workspace.createAccount("other");
      await grant(workspace, account.name, [maps(["get"])]);
      const review = async (verb: string) => {
        const spec = {
          user: `system:serviceaccount:${namespace}:${account.name}`,
          resourceAttributes: { verb, resource: "configmaps", namespace },
        };
        const body = { apiVersion: "authorization.k8s.io/v1", kind: "SubjectAccessReview", spec };
        return expectOk(await api.ask("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", { body }));
      };
      await workspace.eventually(
        "the role is in force",
        () => review("get"),
        ({ body }) => recordAt(body, "status")["allowed"] === true,
      );
      expectHas((await review("delete")).body, { status: { allowed: false } }, "what it may not");
    },
  },
  "lists-my-rules": {
    says: "a SelfSubjectRulesReview lists the rules of the one who asks",
    source: REVIEWS,
    check: async (workspace) => {
      const account = await workspace.createAccount("ruled");
      await grant(workspace, account.name, [maps(["get"])]);
      const body = {
        apiVersion: "authorization.k8s.io/v1",
        kind: "SelfSubjectRulesReview",
        spec: { namespace: workspace.namespace },
      };
      await workspace.eventually(
        "the rule is listed",
        () => account.api.ask("POST", "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews", { body }),
        (answer) =>
          listAt(answer.body, "status", "resourceRules").some(
            (rule) => listAt(rule, "resources").includes("configmaps") && listAt(rule, "verbs").join() === "get",
          ),
      );
    },
  },
  "token-requests-expire": {
    says: "a TokenRequest answers a token with the time at which it expires",
    source: TOKENS,
    check: async ({ api, core, createAccount }) => {
      const account = await createAccount("timed");
      const body = { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: { expirationSeconds: 600 } };
      const answer = expectOk(await api.ask("POST", core(`serviceaccounts/${account.name}/token`), { body }));
      const leftMs = Date.parse(textAt(answer.body, "status", "expirationTimestamp")) - Date.now();
      expectThat(leftMs > 0 && leftMs < 24 * 3_600_000, "it expires within a day", leftMs);
    },
  },
  "token-reviews-name-the-account": {
    says: "a TokenReview names user and groups of a token that is good, and authenticates no other",
    source: "https://kubernetes.io/docs/reference/kubernetes-api/authentication-resources/token-review-v1/",
    check: async ({ api, createAccount, namespace }) => {
      const account = await createAccount("reviewed");
      const review = async (token: string) => {
        const body = { apiVersion: "authentication.k8s.io/v1", kind: "TokenReview", spec: { token } };
        return expectOk(await api.ask("POST", "/apis/authentication.k8s.io/v1/tokenreviews", { body })).body;
      };
      const username = `system:serviceaccount:${namespace}:${account.name}`;
      const good = await review(account.token);
      expectHas(good, { status: { authenticated: true, user: { username } } }, "a good token");
      const groups = listAt(good, "status", "user", "groups");
      for (const group of ["system:serviceaccounts", `system:serviceaccounts:${namespace}`])
        expectThat(groups.includes(group), group, groups);
      expectThat(recordAt(await review("not.a.token"), "status")["authenticated"] !== true, "a false token");
    },
  },
  "a-token-ends-with-its-account": {
    says: "the token of a service account that was deleted answers 401 Unauthorized",
    source:
      "https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/#bound-service-account-tokens",
    check: async ({ api, core, createAccount, eventually }) => {
      const account = await createAccount("ended");
      expectOk(await api.ask("DELETE", core(`serviceaccounts/${account.name}`)));
      await eventually(
        "the token is refused",
        () => account.api.ask("GET", core("configmaps")),
        ({ code }) => code === 401,
      );
    },
  },
  "self-subject-reviews-say-who-i-am": {
    says: "a SelfSubjectReview says as whom the server sees the one who asks",
    source: "https://kubernetes.io/docs/reference/access-authn-authz/authentication/#self-subject-review",
    check: async ({ createAccount, namespace }) => {
      const account = await createAccount("self");
      const body = { apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" };
      const answer = expectOk(
        await account.api.ask("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", { body }),
      );
      expectHas(
        answer.body,
        { status: { userInfo: { username: `system:serviceaccount:${namespace}:${account.name}` } } },
        "the answer",
      );
    },
  },
});
