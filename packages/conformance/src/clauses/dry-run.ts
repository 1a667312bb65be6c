import { clausesOf } from "../clause";
import { expectHas, expectOk, expectSame, expectStatus, expectThat } from "../expect";
import { APPLY, createMap, MERGE, metaOf, patch } from "./requests";

/** Writes that are checked and answered and not stored. */
export const dryRunClauses = clausesOf(
  "dry-run",
  "https://kubernetes.io/docs/reference/using-api/api-concepts/#dry-run",
  {
    "create-stores-nothing": {
      says: "a dry-run creation answers as the creation would and stores nothing",
      check: async ({ api, core, configMap }) => {
        const answer = expectOk(await api.ask("POST", core("configmaps?dryRun=All"), { body: configMap("dry") }));
        expectHas(answer.body, { metadata: { name: "dry" } }, "the answer");
        expectThat(metaOf(answer, "uid") !== "", "the answer has a uid");
        expectSame((await api.ask("GET", core("configmaps/dry"))).code, 404, "nothing is there");
      },
    },
    "create-is-still-checked": {
      says: "a dry-run creation is refused for what would refuse the creation",
      check: async (workspace) => {
        const { api, core, configMap } = workspace;
        await createMap(workspace, "there");
        expectStatus(
          await api.ask("POST", core("configmaps?dryRun=All"), { body: configMap("there") }),
          409,
          "AlreadyExists",
        );
        expectStatus(
          await api.ask("POST", core("configmaps?dryRun=All"), { body: configMap("Bad_Name") }),
          422,
          "Invalid",
        );
      },
    },
    "patch-stores-nothing": {
      says: "a dry-run patch answers the merged object and leaves the stored one and its version",
      check: async (workspace) => {
        const first = await createMap(workspace, "kept", { data: { a: "1" } });
        const at = workspace.core("configmaps/kept");
        const answer = expectOk(
          await patch(workspace, `${at}?dryRun=All`, { type: MERGE, body: { data: { a: "2" } } }),
        );
        expectHas(answer.body, { data: { a: "2" } }, "the answer");
        const stored = await workspace.api.ask("GET", at);
        expectHas(stored.body, { data: { a: "1" } }, "what is stored");
        expectSame(metaOf(stored, "resourceVersion"), metaOf(first, "resourceVersion"), "the version");
      },
    },
    "apply-stores-nothing": {
      says: "a dry-run apply of what does not exist answers it and stores nothing",
      check: async (workspace) => {
        const at = workspace.core("configmaps/applied");
        const body = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "applied" }, data: { a: "1" } };
        expectOk(await patch(workspace, `${at}?dryRun=All&fieldManager=tester`, { type: APPLY, body }));
        expectSame((await workspace.api.ask("GET", at)).code, 404, "nothing is there");
      },
    },
    "delete-deletes-nothing": {
      says: "a dry-run deletion leaves the object",
      check: async (workspace) => {
        await createMap(workspace, "alive");
        const at = workspace.core("configmaps/alive");
        expectOk(await workspace.api.ask("DELETE", `${at}?dryRun=All`));
        const stored = expectOk(await workspace.api.ask("GET", at));
        expectSame(metaOf(stored, "deletionTimestamp"), "", "no deletion has begun");
      },
    },
    "another-word-is-refused": {
      says: "a dryRun that is not All is refused, and nothing is stored",
      check: async ({ api, core, configMap }) => {
        const answer = await api.ask("POST", core("configmaps?dryRun=Some"), { body: configMap("some") });
        expectThat(answer.code === 400 || answer.code === 422, "400 or 422", answer.code);
        expectSame((await api.ask("GET", core("configmaps/some"))).code, 404, "nothing is there");
      },
    },
  },
);
