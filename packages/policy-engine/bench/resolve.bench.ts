import { endpointClasses, FlowJudge, indexWorld, judgeEndpoint, type World, type PolicyIndex } from "../src/index";
import { meshWorld } from "./mesh";
import type { BenchRow } from "./rows";

export async function run(): Promise<BenchRow[]> {
  let t = performance.now();
  let cpu = 0;
  const lap = (what: string) => {
    const now = performance.now();
    console.log(
      what,
      Math.round(now - t),
      "ms",
      "cpu",
      Math.round((process.cpuUsage().user + process.cpuUsage().system) / 1000 - cpu),
      Math.round(process.memoryUsage().rss / 1e6),
      "MB",
    );
    t = performance.now();
    cpu = (process.cpuUsage().user + process.cpuUsage().system) / 1000;
  };
  const world = meshWorld({ pods: 100_000, policies: 10_000, namespaces: 250 });
  lap("world");
  console.log("unreadable", world.unreadable.length, world.unreadable[0]);
  const prof = (globalThis as any).__prof;
  await prof?.start();
  const index = indexWorld(world) as PolicyIndex;
  await prof?.stop("/tmp/index.cpuprofile");
  lap("index");
  let sum = 0;
  for (const e of world.endpoints)
    for (const d of ["ingress", "egress"] as const)
      for (const tp of index.policiesOf(e, d)?.enforced ?? []) sum += tp.policies.length;
  lap("resolve");
  console.log("policies/endpoint/direction", sum / 200_000);
  const counts = world.tiers
    .flatMap((x) => x.policies)
    .map((p) => {
      let n = 0;
      for (const _ of index.endpointsOf(p)) n += 1;
      return n;
    })
    .sort((a, b) => a - b);
  console.log(
    "selected",
    [0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.98, 0.99, 0.999].map((q) => counts[Math.floor(counts.length * q)]),
  );
  lap("counts");
  const classes = endpointClasses(index).classes.length;
  console.log("classes", classes);
  lap("classes");
  const judge = new FlowJudge(index);
  const ends = world.endpoints.map((e) => judge.endOf(e)!);
  let seed = 1;
  const rnd = () => {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
    return seed >>> 8;
  };
  const ports = [80, 443, 8080, 9000, 9090, 5432, 6379, 53, 22];
  const pairs = (n: number) =>
    Array.from({ length: n }, () => ({
      source: ends[rnd() % ends.length]!,
      destination: ends[rnd() % ends.length]!,
      protocol: 6,
      destinationPort: ports[rnd() % ports.length]!,
      sourcePort: 40000,
    }));
  const warm = pairs(100_000);
  const res: Record<string, number> = {};
  lap("pairs");
  await prof?.start();
  for (const f of warm) {
    const v = judge.verdict(f);
    res[v] = (res[v] ?? 0) + 1;
  }
  lap("first 100k");
  await prof?.stop("/tmp/first.cpuprofile");
  for (const f of pairs(1_000_000)) {
    const v = judge.verdict(f);
    res[v] = (res[v] ?? 0) + 1;
  }
  lap("compile all 1M");
  console.log(res);
  for (let k = 0; k < 2; k++) {
    const p = pairs(1_000_000);
    lap("pairs");
    let a = 0;
    if (k === 0) await prof?.start();
    for (const f of p) if (judge.verdict(f) === "allow") a++;
    lap("1M flows both ends");
    if (k === 0) await prof?.stop("/tmp/flows.cpuprofile");
    for (const f of p) if (judge.verdictAt(f, { direction: "ingress", view: "enforced" }) === "allow") a++;
    lap("1M ingress"); 
  }
  const p = pairs(100_000);
  lap("p");
  let steps = 0;
  for (const f of p) steps += judge.trace(f, "ingress")!.trace.length;
  lap("100k traces");
  console.log(steps / 100_000);
  let same = 0;
  for (const f of p.slice(0, 100)) {
    void f;
    same += 1;
  }
  console.log(same, judgeEndpoint.length);
  return [];
}
