import {
  Action,
  FilterType,
  MatchType,
  Reporter,
  SortBy,
  StatisticsGroupBy,
  StatisticType,
  type FlowKey,
  type FlowResult,
} from "@isthmus/goldmane-api";
import { clausesOf, type Clause } from "../clause";
import { expectSame, expectThat } from "../expect";
import { refusalOf, type GoldmaneUnderTest } from "../goldmane-under-test";

const BUCKET = 15n;

const ofGoldmane =
  (check: (goldmane: GoldmaneUnderTest) => Promise<void>): Clause["check"] =>
  ({ goldmane }) =>
    check(goldmane());

const keyOf = ({ flow }: FlowResult): FlowKey => {
  expectThat(flow?.Key !== undefined, "a flow has a key");
  return flow.Key;
};

async function flowsOf(goldmane: GoldmaneUnderTest, request: Parameters<GoldmaneUnderTest["list"]>[0] = {}) {
  const { flows } = await goldmane.list({ ...goldmane.range, ...request });
  expectThat(flows.length > 0, "there are flows");
  return flows;
}

const idsOf = (flows: readonly FlowResult[]): readonly string[] => flows.map(({ id }) => String(id)).toSorted();

/** A value that some of the flows have, of those that name one. */
function someValue(flows: readonly FlowResult[], read: (key: FlowKey) => string): string {
  const found = flows.map((result) => read(keyOf(result))).find((value) => value !== "");
  expectThat(found !== undefined, "a flow names what is asked for");
  return found;
}

/** What the agent asks of Goldmane: flows of a range and as they come, narrowed and sorted, to those it knows. */
export const goldmaneClauses = clausesOf(
  "goldmane",
  "https://github.com/projectcalico/calico/blob/master/goldmane/proto/api.proto",
  {
    "refuses-who-shows-no-certificate": {
      says: "a client without a certificate is refused before anything is answered",
      source: "https://docs.tigera.io/calico/latest/observability",
      needs: ["goldmane"],
      check: ofGoldmane(async (goldmane) => {
        const answer = await goldmane.answerWithoutCertificate();
        expectThat(answer === undefined, "the connection is refused", answer);
      }),
    },
    "lists-flows-of-a-range": {
      says: "List answers flows with their key, counters and buckets of time inside the range asked for",
      needs: ["goldmane-flows"],
      check: ofGoldmane(async (goldmane) => {
        const { startTimeGte, startTimeLt } = goldmane.range;
        for (const result of await flowsOf(goldmane)) {
          const { flow, id } = result;
          const { reporter, action } = keyOf(result);
          expectThat(id > 0n, "a flow has an id", String(id));
          expectThat([Reporter.Src, Reporter.Dst].includes(reporter), "a flow says which end reported it", reporter);
          expectThat([Action.Allow, Action.Deny, Action.Pass].includes(action), "a flow says what was done", action);
          const [start, end] = [flow?.startTime ?? 0n, flow?.endTime ?? 0n];
          expectThat(start >= startTimeGte && start < startTimeLt, "it starts in the range", [start, end].map(String));
          expectThat(end > start && (end - start) % BUCKET === 0n, "it lasts whole buckets", [start, end].map(String));
        }
      }),
    },
    "answers-the-same-of-what-is-over": {
      says: "two Lists of a range that is over answer the same flows under the same ids",
      needs: ["goldmane-flows"],
      check: ofGoldmane(async (goldmane) => {
        expectSame(idsOf(await flowsOf(goldmane)), idsOf(await flowsOf(goldmane)), "the ids");
      }),
    },
    "reads-times-before-now": {
      says: "a start below 0 is so many seconds before now",
      needs: ["goldmane-flows"],
      check: ofGoldmane(async (goldmane) => {
        const wanted = idsOf(await flowsOf(goldmane));
        const { flows } = await goldmane.list({ startTimeGte: -3_000n });
        const found = new Set(idsOf(flows));
        expectThat(
          wanted.every((id) => found.has(id)),
          "what is listed by its time is listed by its age",
          flows.length,
        );
      }),
    },
    "begins-with-the-oldest": {
      says: "a start of 0 is the oldest that is kept, an end of 0 is now",
      needs: ["goldmane-flows"],
      check: ofGoldmane(async (goldmane) => {
        const found = new Set(idsOf((await goldmane.list({})).flows));
        const wanted = idsOf(await flowsOf(goldmane));
        expectThat(
          wanted.every((id) => found.has(id)),
          "all that is kept is listed",
          found.size,
        );
      }),
    },
    "refuses-a-range-that-runs-back": {
      says: "a range that ends before it starts is refused",
      needs: ["goldmane"],
      check: ofGoldmane(async (goldmane) => {
        const { startTimeGte, startTimeLt } = goldmane.range;
        const call = goldmane.list({ startTimeGte: startTimeLt, startTimeLt: startTimeGte });
        expectThat((await refusalOf("the range", call)) !== "Unavailable", "it is refused as input");
      }),
    },
    "lists-in-pages": {
      says: "pages of one flow each make the whole list, and each tells how many there are",
      needs: ["goldmane-flows"],
      check: ofGoldmane(async (goldmane) => {
        const whole = await flowsOf(goldmane, { sortBy: [{ sortBy: SortBy.DestName }] });
        const pages = whole
          .slice(0, 5)
          .map((_, at) =>
            goldmane.list({ ...goldmane.range, sortBy: [{ sortBy: SortBy.DestName }], page: BigInt(at), pageSize: 1n }),
          );
        for (const [at, { flows, meta }] of (await Promise.all(pages)).entries()) {
          expectSame(
            flows.map(({ id }) => String(id)),
            [String(whole[at]?.id)],
            `page ${at}`,
          );
          expectSame(String(meta?.totalResults), String(whole.length), "how many there are");
          expectSame(String(meta?.totalPages), String(whole.length), "how many pages there are");
        }
      }),
    },
    "sorts-by-a-name": {
      says: "a list is sorted by the name that is asked for",
      needs: ["goldmane-flows"],
      check: ofGoldmane(async (goldmane) => {
        for (const [sortBy, read] of [
          [SortBy.DestName, ({ destName }: FlowKey) => destName],
          [SortBy.SourceNamespace, ({ sourceNamespace }: FlowKey) => sourceNamespace],
        ] as const) {
          const values = (await flowsOf(goldmane, { sortBy: [{ sortBy }] })).map((result) => read(keyOf(result)));
          const inOrder = values.every((value, at) => at === 0 || (values[at - 1] ?? "") <= value || value === "");
          expectThat(inOrder, `flows are in order of ${SortBy[sortBy]}`, values.slice(0, 10));
        }
      }),
    },
    "filters-by-a-whole-name": {
      says: "an exact filter of a namespace leaves its flows and all of them",
      needs: ["goldmane-flows"],
      check: ofGoldmane(async (goldmane) => {
        const all = await flowsOf(goldmane);
        const value = someValue(all, ({ destNamespace }) => destNamespace);
        const filter = { destNamespaces: [{ value, type: MatchType.Exact }] };
        const wanted = all.filter((result) => keyOf(result).destNamespace === value);
        expectSame(idsOf(await flowsOf(goldmane, { filter })), idsOf(wanted), `the flows to ${value}`);
      }),
    },
    "filters-by-a-part-of-a-name": {
      says: "a fuzzy filter of a name leaves the flows whose name contains it",
      needs: ["goldmane-flows"],
      check: ofGoldmane(async (goldmane) => {
        const all = await flowsOf(goldmane);
        const value = someValue(all, ({ sourceName }) => sourceName).slice(1);
        const filter = { sourceNames: [{ value, type: MatchType.Fuzzy }] };
        const wanted = all.filter((result) => keyOf(result).sourceName.includes(value));
        expectSame(idsOf(await flowsOf(goldmane, { filter })), idsOf(wanted), `the flows from *${value}*`);
      }),
    },
    "joins-filters": {
      says: "of several values of a filter one must match, and of several filters all",
      needs: ["goldmane-flows"],
      check: ofGoldmane(async (goldmane) => {
        const all = await flowsOf(goldmane);
        const actions = [Action.Allow, Action.Deny];
        for (const reporter of [Reporter.Src, Reporter.Dst]) {
          const wanted = all.filter(
            (result) => keyOf(result).reporter === reporter && keyOf(result).action !== Action.Pass,
          );
          const { flows } = await goldmane.list({ ...goldmane.range, filter: { actions, reporter } });
          expectSame(idsOf(flows), idsOf(wanted), `the flows that ${Reporter[reporter]} reported`);
        }
      }),
    },
    "hints-at-names": {
      says: "FilterHints answers each name that flows of the range have, once",
      needs: ["goldmane-flows"],
      check: ofGoldmane(async (goldmane) => {
        const names = (await flowsOf(goldmane)).map((result) => keyOf(result).destName).filter((name) => name !== "");
        const hints = await goldmane.hints({ ...goldmane.range, type: FilterType.FilterTypeDestName });
        const known = hints.filter((hint) => hint !== "" && hint !== "-");
        expectSame(known.toSorted(), [...new Set(names)].toSorted(), "the names");
      }),
    },
    "streams-what-was-before": {
      says: "a Stream that starts in the past begins with flows of that time, each in one bucket of 15 seconds",
      needs: ["goldmane-flows"],
      check: ofGoldmane(async (goldmane) => {
        const { startTimeGte } = goldmane.range;
        const [first] = await goldmane.streamed({ startTimeGte }, 1);
        const { startTime = 0n, endTime = 0n } = first?.flow ?? {};
        expectThat(startTime >= startTimeGte - BUCKET, "it is of that time", [startTime, startTimeGte].map(String));
        expectSame(String(endTime - startTime), String(BUCKET), "how long it lasts");
      }),
    },
    "streams-through-a-filter": {
      says: "a Stream gives only flows that its filter leaves",
      needs: ["goldmane-flows"],
      check: ofGoldmane(async (goldmane) => {
        const all = await flowsOf(goldmane);
        const value = someValue(all, ({ destNamespace }) => destNamespace);
        const filter = { destNamespaces: [{ value, type: MatchType.Exact }] };
        const [first] = await goldmane.streamed({ startTimeGte: goldmane.range.startTimeGte, filter }, 1);
        expectSame(first && keyOf(first).destNamespace, value, "the namespace");
      }),
    },
    "counts-by-policy": {
      says: "Statistics sums packets by policy over a range, without a series of times where none is asked for",
      needs: ["goldmane-flows", "goldmane-statistics"],
      check: ofGoldmane(async (goldmane) => {
        const type = StatisticType.PacketCount;
        const groupBy = StatisticsGroupBy.Policy;
        const results = await goldmane.statistics({ ...goldmane.range, type, groupBy, timeSeries: false });
        expectThat(results.length > 0, "there are sums");
        for (const result of results) {
          expectThat(result.policy !== undefined, "a sum names its policy");
          expectSame([result.type, result.groupBy], [type, groupBy], "what is summed");
          const lists = [result.allowedIn, result.allowedOut, result.deniedIn, result.deniedOut];
          expectThat(
            lists.every((list) => list.length <= 1),
            "there is one sum each",
            lists.map(({ length }) => length),
          );
        }
      }),
    },
  },
);
