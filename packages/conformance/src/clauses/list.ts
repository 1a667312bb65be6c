import { listAt, recordAt, textAt } from "@isthmus/k8s";
import type { Answered } from "../api-under-test";
import { clausesOf } from "../clause";
import { expectHas, expectOk, expectSame, expectStatus, expectThat } from "../expect";
import type { Workspace } from "../workspace";
import { createMap, metaOf } from "./requests";

const DOCS = "https://kubernetes.io/docs/reference/using-api/api-concepts/";
const CHUNKS = `${DOCS}#retrieving-large-results-sets-in-chunks`;

const names = ({ body }: Answered): readonly string[] =>
  listAt(body, "items").map((each) => textAt(each, "metadata", "name"));
const MINE = "labelSelector=set%3Dlisted";

async function fill(workspace: Workspace, count: number): Promise<readonly string[]> {
  const all = Array.from({ length: count }, (_, at) => `item-${String(at).padStart(2, "0")}`);
  for (const name of all)
    await createMap(workspace, name, {
      metadata: { name, labels: { set: "listed", side: name.endsWith("0") ? "a" : "b" } },
    });
  return all;
}

/** Lists: whole, in pages, and narrowed. */
export const listClauses = clausesOf("list", DOCS, {
  "is-a-list-with-a-version": {
    says: "a list is a <Kind>List with a resourceVersion of its own",
    check: async (workspace) => {
      const answer = expectOk(await workspace.api.ask("GET", workspace.core("configmaps")));
      expectHas(answer.body, { kind: "ConfigMapList", apiVersion: "v1" }, "the list");
      expectThat(metaOf(answer, "resourceVersion") !== "", "the list has a version");
    },
  },
  "is-ordered-by-name": {
    says: "a list of a namespace is ordered by name",
    check: async (workspace) => {
      for (const name of ["b", "a", "c"])
        await createMap(workspace, name, { metadata: { name, labels: { set: "listed" } } });
      expectSame(
        names(await workspace.api.ask("GET", workspace.core(`configmaps?${MINE}`))),
        ["a", "b", "c"],
        "the names",
      );
    },
  },
  "comes-in-pages": {
    says: "limit and continue give every object once",
    source: CHUNKS,
    check: async (workspace) => {
      const all = await fill(workspace, 7);
      const seen: string[] = [];
      let next = "";
      let pages = 0;
      do {
        expectThat((pages += 1) <= 20, "the pages come to an end", seen);
        const page = expectOk(
          await workspace.api.ask("GET", workspace.core(`configmaps?limit=3&continue=${encodeURIComponent(next)}`)),
        );
        expectThat(names(page).length <= 3, "a page holds at most its limit", names(page));
        seen.push(...names(page).filter((name) => name.startsWith("item-")));
        next = metaOf(page, "continue");
      } while (next !== "");
      expectSame(seen, all, "the names over all pages");
    },
  },
  "counts-what-remains": {
    says: "a page of a list without selector says how many remain",
    source: "https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/list-meta/",
    check: async (workspace) => {
      await fill(workspace, 5);
      const page = expectOk(await workspace.api.ask("GET", workspace.core("configmaps?limit=2")));
      const next = encodeURIComponent(metaOf(page, "continue"));
      // Of the same moment: others may put objects into a new namespace at any time.
      const rest = expectOk(await workspace.api.ask("GET", workspace.core(`configmaps?limit=500&continue=${next}`)));
      expectSame(recordAt(page.body, "metadata")["remainingItemCount"], names(rest).length, "remainingItemCount");
    },
  },
  "pages-are-of-one-moment": {
    says: "later pages show the moment of the first: what was created since is not in them, and all bear one resourceVersion",
    source: CHUNKS,
    check: async (workspace) => {
      const { api, core } = workspace;
      const all = await fill(workspace, 4);
      const first = expectOk(await api.ask("GET", core(`configmaps?limit=2&${MINE}`)));
      await createMap(workspace, "item-99", { metadata: { name: "item-99", labels: { set: "listed" } } });
      const next = encodeURIComponent(metaOf(first, "continue"));
      const second = expectOk(await api.ask("GET", core(`configmaps?limit=10&${MINE}&continue=${next}`)));
      expectSame([...names(first), ...names(second)], all, "the names over both pages");
      expectSame(metaOf(second, "resourceVersion"), metaOf(first, "resourceVersion"), "the version of both pages");
    },
  },
  "refuses-a-continue-that-it-did-not-give": {
    says: "a continue that the server did not give is refused with 400 BadRequest",
    source: CHUNKS,
    check: async ({ api, core }) => {
      expectStatus(await api.ask("GET", core("configmaps?limit=1&continue=bm9uc2Vuc2U")), 400, "BadRequest");
    },
  },
  "is-consistent-after-a-write": {
    says: "a list without a resourceVersion shows every write that was answered before it",
    source: `${DOCS}#semantics-for-get-and-list`,
    check: async (workspace) => {
      for (let at = 0; at < 10; at += 1) {
        await createMap(workspace, `written-${at}`);
        const seen = names(await workspace.api.ask("GET", workspace.core("configmaps")));
        expectThat(seen.includes(`written-${at}`), "the object that was just created is in the list", seen);
      }
    },
  },
  "selects-by-labels": {
    says: "equality, inequality, sets and existence in a labelSelector select as documented",
    source: "https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors",
    check: async (workspace) => {
      const labels: Readonly<Record<string, Readonly<Record<string, string>>>> = {
        a: { tier: "web", env: "prod" },
        b: { tier: "db", env: "prod" },
        c: { tier: "web" },
        d: {},
      };
      for (const [name, of] of Object.entries(labels))
        await createMap(workspace, name, { metadata: { name, labels: { ...of, of: "us" } } });
      const expected: Readonly<Record<string, readonly string[]>> = {
        "tier=web": ["a", "c"],
        "tier==web,env=prod": ["a"],
        "tier!=web": ["b", "d"],
        "tier in (web,db),env": ["a", "b"],
        "tier notin (web)": ["b", "d"],
        "!env": ["c", "d"],
      };
      for (const [selector, wanted] of Object.entries(expected)) {
        const at = workspace.core(`configmaps?labelSelector=${encodeURIComponent(`of=us,${selector}`)}`);
        expectSame(names(expectOk(await workspace.api.ask("GET", at))), wanted, selector);
      }
    },
  },
  "refuses-a-selector-that-it-cannot-read": {
    says: "a labelSelector that cannot be read is refused with 400 BadRequest",
    check: async ({ api, core }) => {
      expectStatus(await api.ask("GET", core("configmaps?labelSelector=a%20in%20(")), 400, "BadRequest");
    },
  },
  "selects-by-name-and-namespace": {
    says: "metadata.name and metadata.namespace are fields of every kind that can be selected by",
    source: "https://kubernetes.io/docs/concepts/overview/working-with-objects/field-selectors/",
    check: async (workspace) => {
      await createMap(workspace, "wanted");
      await createMap(workspace, "unwanted");
      const selector = encodeURIComponent(`metadata.name=wanted,metadata.namespace=${workspace.namespace}`);
      expectSame(
        names(await workspace.api.ask("GET", `/api/v1/configmaps?fieldSelector=${selector}`)),
        ["wanted"],
        "the names",
      );
    },
  },
  "refuses-a-field-that-cannot-be-selected-by": {
    says: "a fieldSelector over another field is refused with 400 BadRequest",
    source: "https://kubernetes.io/docs/concepts/overview/working-with-objects/field-selectors/",
    check: async ({ api, core }) => {
      expectStatus(await api.ask("GET", core("configmaps?fieldSelector=data.a%3Db")), 400, "BadRequest");
    },
  },
  "of-all-namespaces-names-the-namespace": {
    says: "a list of all namespaces holds the objects of each, with their namespace",
    check: async (workspace) => {
      const other = await workspace.createNamespace("other");
      await createMap(workspace, "spread", { metadata: { name: "spread", labels: { spread: workspace.namespace } } });
      expectOk(
        await workspace.api.ask("POST", `/api/v1/namespaces/${other}/configmaps`, {
          body: workspace.configMap("spread", {
            metadata: { name: "spread", labels: { spread: workspace.namespace } },
          }),
        }),
      );
      const answer = expectOk(
        await workspace.api.ask("GET", `/api/v1/configmaps?labelSelector=spread%3D${workspace.namespace}`),
      );
      const namespaces = listAt(answer.body, "items").map((each) => textAt(each, "metadata", "namespace"));
      expectSame(namespaces.toSorted(), [workspace.namespace, other].toSorted(), "the namespaces");
    },
  },
  "of-a-namespace-that-is-not-there-is-empty": {
    says: "a list in a namespace that does not exist is empty, and no error",
    check: async ({ api, name }) => {
      expectSame(
        names(expectOk(await api.ask("GET", `/api/v1/namespaces/${name("absent")}/configmaps`))),
        [],
        "the list",
      );
    },
  },
});
