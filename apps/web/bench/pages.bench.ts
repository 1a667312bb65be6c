import type { BenchRow } from "@isthmus/bench-rows";
import superjson from "superjson";
import { handleApiRequest } from "../src/server/handler";
import type { TestMember } from "../test/people";
import { pages, type Call } from "./pages";
import { startPagesWorld, type PagesWorld } from "./pages-world";

const maxRounds = 60;
const minRounds = 5; // besides the first, however slow a page is
const budgetMs = 2_500; // for each page
const target = 1.3;

/** What people with 500 bindings wait for each page, beside an owner; the worst comes last. */
export async function run({ only }: { readonly only?: string | undefined } = {}): Promise<BenchRow[]> {
  const chosen = Object.entries(pages).filter(([page]) => only === undefined || page === only);
  const world = await startPagesWorld();
  try {
    const rows: BenchRow[] = [];
    for (const [page, calls] of chosen) rows.push(...(await compare(world, page, calls)));
    return rows.toSorted((a, b) => a.ratio - b.ratio);
  } finally {
    await world.stop();
  }
}

async function compare(world: PagesWorld, page: string, calls: readonly Call[]): Promise<BenchRow[]> {
  const people = Object.entries({ owner: world.owner, ...world.limited });
  const spent = new Map<string, number[]>(people.map(([name]) => [name, []]));
  const endsAt = performance.now() + budgetMs;
  // Interleaved, so that a busy machine slows all alike, and each comes first in turn, since whoever comes next collects
  // the garbage of the one before. The first round warms up.
  for (let round = 0; round <= maxRounds && (round <= minRounds || performance.now() < endsAt); round++) {
    const first = round % people.length;
    for (const [name, person] of [...people.slice(first), ...people.slice(0, first)]) {
      const startedAt = performance.now();
      await Promise.all(calls.map((call) => asked(world, person, call)));
      if (round > 0) spent.get(name)?.push(performance.now() - startedAt);
    }
  }
  const median = (name: string) => {
    const times = (spent.get(name) ?? []).toSorted((a, b) => a - b);
    return Math.round((times[times.length >> 1] ?? 0) * 10) / 10;
  };
  const baseline = median("owner");
  return Object.keys(world.limited).map((name) => {
    const ratio = Math.round((median(name) / baseline) * 100) / 100;
    const value = median(name);
    const holds = ratio <= target;
    return { name: `page ${page}: ${name}`, value, unit: "ms", baseline, ratio, target: `≤ ${target} ×`, holds };
  });
}

/** Calls a procedure as a browser does; throws where it does not answer, since a refusal is quick. */
async function asked({ server, named }: PagesWorld, { headers }: TestMember, [path, input]: Call): Promise<void> {
  const body = JSON.stringify(superjson.serialize(input?.(named)));
  const response = await handleApiRequest(
    server,
    new Request(`http://localhost:7400/api/trpc/${path}?input=${encodeURIComponent(body)}`, {
      headers: { "sec-fetch-site": "same-origin", ...headers },
    }),
  );
  const text = await response.text();
  if (!response.ok) throw new Error(`${path}: ${response.status} ${text.slice(0, 300)}`);
}
