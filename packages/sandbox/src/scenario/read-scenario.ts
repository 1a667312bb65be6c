import * as fs from "node:fs";
import * as path from "node:path";
import { err, ok, type Result } from "@isthmus/std";
import { LineCounter, parseDocument } from "yaml";
import type { ClusterScenario, Scenario } from "../scenario-types";
import { builtInScenario, builtInScenarios } from "./built-in";
import { list, record, whole, within, type Place } from "./fields";
import type { ScenarioProblem } from "./problems";
import { readCluster } from "./read-cluster";

/** The seed of a scenario that names none. */
const usualSeed = 1;
const mostClusters = 20;

/**
 * The scenario that a built-in name or a file says: YAML or JSON as docs/scenarios.md describes it. Every problem names
 * the file, the field and what to write instead.
 */
export function readScenario(nameOrFile: string): Result<Scenario, readonly ScenarioProblem[]> {
  const builtIn = builtInScenario(nameOrFile);
  if (builtIn !== undefined) return ok(builtIn);
  const refused = (message: string) => err([{ file: nameOrFile, path: "", message }]);
  const names = Object.keys(builtInScenarios).join(", ");
  if (!fs.existsSync(nameOrFile)) return refused(`there is no such file; built-in scenarios are ${names}`);
  if (fs.statSync(nameOrFile).isDirectory()) return refused("this is a folder: name the scenario's file in it");
  return parseScenario(nameOrFile, fs.readFileSync(nameOrFile, "utf8"));
}

function parseScenario(file: string, content: string): Result<Scenario, readonly ScenarioProblem[]> {
  const lines = new LineCounter();
  const document = parseDocument(content, { merge: true, lineCounter: lines });
  const syntax = document.errors.map(({ pos, message }) => {
    const { line, col } = lines.linePos(pos[0]);
    return { file, path: `line ${line}, column ${col}`, message: message.split("\n")[0] ?? "" };
  });
  if (syntax.length > 0) return err(syntax);
  const problems: ScenarioProblem[] = [];
  const place: Place = { path: "", report: (at, message) => problems.push({ file, path: at, message }) };
  const scenario = readTop(place, document.toJS(), {
    folder: path.dirname(path.resolve(file)),
    problem: (problem) => problems.push(problem),
  });
  return scenario === undefined || problems.length > 0 ? err(problems) : ok(scenario);
}

function readTop(
  place: Place,
  value: unknown,
  source: Parameters<typeof readCluster>[0]["source"],
): Scenario | undefined {
  const given = record(place, value, ["seed", "clusters"]);
  if (given === undefined) return undefined;
  const seed =
    given["seed"] === undefined ? usualSeed : whole(within(place, "seed"), given["seed"], { from: 0, to: 2 ** 31 });
  let index = 0;
  const clusters = list(within(place, "clusters"), given["clusters"], (at, item) =>
    readCluster({ place: at, index: index++, seed: seed ?? usualSeed, source }, item),
  );
  if (clusters === undefined || seed === undefined) return undefined;
  checkClusters(within(place, "clusters"), index, clusters);
  return { seed, clusters };
}

function checkClusters(place: Place, count: number, clusters: readonly ClusterScenario[]): void {
  if (count === 0) place.report(place.path, "is empty: give at least one cluster");
  if (count > mostClusters)
    place.report(place.path, `has ${count} clusters: one process hosts at most ${mostClusters}`);
  const names = clusters.map(({ name }) => name);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) place.report(place.path, `has two clusters named ${twice}: give each a name of its own`);
}
