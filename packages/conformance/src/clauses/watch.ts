import { textAt } from "@isthmus/k8s";
import type { WatchLine } from "../api-under-test";
import { clausesOf } from "../clause";
import { expectHas, expectOk, expectSame, expectThat } from "../expect";
import { RUN_LABEL, type Workspace } from "../workspace";

const DOCS = "https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes";

const told = ({ type, object }: WatchLine): string => `${type} ${textAt(object, "metadata", "name")}`;

/** What the clauses themselves make; controllers put a ConfigMap of theirs into each new namespace. */
const OURS = `labelSelector=${encodeURIComponent(RUN_LABEL)}`;

const tells =
  (...expected: readonly string[]) =>
  (lines: readonly WatchLine[]) =>
    lines.map(told).join(",").startsWith(expected.join(","));

async function listVersion({ api, core }: Workspace): Promise<string> {
  return textAt(expectOk(await api.ask("GET", core("configmaps"))).body, "metadata", "resourceVersion");
}

async function create({ api, core, configMap }: Workspace, name: string, rest = {}): Promise<void> {
  expectOk(await api.ask("POST", core("configmaps"), { body: configMap(name, rest) }));
}

/** Watches: what is told, in which order, and where a watch may begin. */
export const watchClauses = clausesOf("watch", DOCS, {
  "tells-each-change-once": {
    says: "a watch tells ADDED, MODIFIED and DELETED, once each and in the order of the changes",
    check: async (workspace) => {
      const { api, core } = workspace;
      const from = await listVersion(workspace);
      await create(workspace, "one");
      expectOk(
        await api.ask("PATCH", core("configmaps/one"), {
          contentType: "application/merge-patch+json",
          body: { data: { a: "1" } },
        }),
      );
      expectOk(await api.ask("DELETE", core("configmaps/one")));
      const watching = await api.watch(
        core(`configmaps?watch=1&fieldSelector=metadata.name%3Done&resourceVersion=${from}`),
      );
      const lines = await watching.until("three changes", (seen) => seen.length >= 3);
      watching.stop();
      expectSame(lines.map(told), ["ADDED one", "MODIFIED one", "DELETED one"], "the changes");
    },
  },
  "resumes-after-a-version": {
    says: "a watch from a resourceVersion tells what came after it, without loss and without repetition",
    check: async (workspace) => {
      await create(workspace, "before");
      const from = await listVersion(workspace);
      await create(workspace, "a");
      await create(workspace, "b");
      const watching = await workspace.api.watch(workspace.core(`configmaps?watch=1&${OURS}&resourceVersion=${from}`));
      await create(workspace, "c");
      const lines = await watching.until("a, b and c", tells("ADDED a", "ADDED b", "ADDED c"));
      watching.stop();
      expectThat(!lines.some((line) => told(line).endsWith("before")), "what was before is not told again");
    },
  },
  "begins-with-what-is-there": {
    says: "a watch without a resourceVersion begins with ADDED for every object that exists",
    source: "https://kubernetes.io/docs/reference/using-api/api-concepts/#semantics-for-watch",
    check: async (workspace) => {
      await create(workspace, "there");
      const watching = await workspace.api.watch(
        workspace.core("configmaps?watch=1&fieldSelector=metadata.name%3Dthere"),
      );
      await watching.until("what is there", tells("ADDED there"));
      watching.stop();
    },
  },
  "sends-bookmarks-when-asked": {
    says: "a watch that allows bookmarks may send objects with a resourceVersion alone, and a watch of the same version goes on from there",
    source: "https://kubernetes.io/docs/reference/using-api/api-concepts/#watch-bookmarks",
    check: async (workspace) => {
      const { api, core } = workspace;
      const from = await listVersion(workspace);
      await create(workspace, "seen");
      const watching = await api.watch(
        core(`configmaps?watch=1&allowWatchBookmarks=true&timeoutSeconds=3&resourceVersion=${from}`),
      );
      const lines = await watching.ended();
      const bookmark = lines.findLast(({ type }) => type === "BOOKMARK");
      if (bookmark === undefined) return;
      expectHas(bookmark.object, { kind: "ConfigMap", apiVersion: "v1" }, "a bookmark is of the kind that is watched");
      await create(workspace, "later");
      const version = textAt(bookmark.object, "metadata", "resourceVersion");
      const next = await api.watch(core(`configmaps?watch=1&resourceVersion=${version}`));
      const after = await next.until("later", (seen) => seen.some((line) => told(line) === "ADDED later"));
      next.stop();
      expectThat(
        !after.some((line) => told(line) === "ADDED seen"),
        "what was told before the bookmark is not told again",
      );
    },
  },
  "ends-when-the-time-is-over": {
    says: "a watch with timeoutSeconds is ended by the server, without an error",
    check: async (workspace) => {
      const watching = await workspace.api.watch(workspace.core("configmaps?watch=1&timeoutSeconds=1"));
      const lines = await watching.ended();
      expectThat(!lines.some(({ type }) => type === "ERROR"), "the end is no error", lines);
    },
  },
  "says-expired-for-a-version-that-is-gone": {
    says: "a watch from resourceVersion 1, long compacted or never of this resource, says 410 Expired, or tells everything that was created since",
    source: "https://kubernetes.io/docs/reference/using-api/api-concepts/#410-gone-responses",
    check: async (workspace) => {
      const { api, core } = workspace;
      await create(workspace, "any");
      const answer = await api.ask("GET", core("configmaps?watch=1&resourceVersion=1&timeoutSeconds=2"));
      const expired = answer.text.includes('"code":410') && answer.text.includes('"reason":"Expired"');
      const told = answer.text
        .split("\n")
        .some((line) => line.includes('"type":"ADDED"') && line.includes('"name":"any"'));
      expectThat(expired || told, "410 Expired, or what was created", answer.text.slice(0, 200));
    },
  },
  "turns-labels-into-membership": {
    says: "a watch with a label selector tells ADDED when an object comes to match and DELETED when it no longer does",
    check: async (workspace) => {
      const { api, core } = workspace;
      await create(workspace, "moving");
      const watching = await api.watch(
        core(`configmaps?watch=1&labelSelector=side%3Dours&resourceVersion=${await listVersion(workspace)}`),
      );
      for (const side of ["ours", "theirs"])
        expectOk(
          await api.ask("PATCH", core("configmaps/moving"), {
            contentType: "application/merge-patch+json",
            body: { metadata: { labels: { side } } },
          }),
        );
      const lines = await watching.until("both moves", (seen) => seen.length >= 2);
      watching.stop();
      expectSame(lines.map(told), ["ADDED moving", "DELETED moving"], "the moves");
    },
  },
  "gives-the-last-state-of-what-was-deleted": {
    says: "DELETED carries the object as it last was, with the resourceVersion of the deletion",
    check: async (workspace) => {
      const { api, core } = workspace;
      const from = await listVersion(workspace);
      await create(workspace, "last", { data: { state: "final" } });
      expectOk(await api.ask("DELETE", core("configmaps/last")));
      const watching = await api.watch(
        core(`configmaps?watch=1&fieldSelector=metadata.name%3Dlast&resourceVersion=${from}`),
      );
      const lines = await watching.until("the deletion", (seen) => seen.some(({ type }) => type === "DELETED"));
      watching.stop();
      const [added, deleted] = [
        lines.find(({ type }) => type === "ADDED"),
        lines.find(({ type }) => type === "DELETED"),
      ];
      expectHas(deleted?.object, { data: { state: "final" } }, "the last state");
      expectThat(
        textAt(added?.object, "metadata", "resourceVersion") !== textAt(deleted?.object, "metadata", "resourceVersion"),
        "the deletion has a version of its own",
      );
    },
  },
});
