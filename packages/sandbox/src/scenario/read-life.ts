import type { LifeScenario } from "../scenario-types";
import { optional, rate, record, span, whole, within, wrong, type Place } from "./fields";

/** Faster than this is no life but a load test. */
const mostPerMinute = 600;
const restarts = { from: 1, to: 5 };
const downSeconds = { from: 30, to: 90 };

/** Reads `life`: what befalls a cluster by itself. */
export function readLife(place: Place, value: unknown): LifeScenario | undefined {
  const given = record(place, value, ["crashes", "evictions", "rollouts", "nodes"]);
  if (given === undefined) return undefined;
  const [crashes, evictions, rollouts, nodes] = [
    optional(place, { from: given, field: "crashes" }, readCrashes),
    optional(place, { from: given, field: "evictions" }, readRate),
    optional(place, { from: given, field: "rollouts" }, readRate),
    optional(place, { from: given, field: "nodes" }, readNodes),
  ];
  return {
    ...(crashes && { crashes }),
    ...(evictions && { evictions }),
    ...(rollouts && { rollouts }),
    ...(nodes && { nodes }),
  };
}

function readRate(place: Place, value: unknown) {
  const given = record(place, value, ["perMinute"]);
  const perMinute = given && rate(within(place, "perMinute"), given["perMinute"], mostPerMinute);
  return perMinute === undefined ? undefined : { perMinute };
}

function readCrashes(place: Place, value: unknown): LifeScenario["crashes"] {
  const given = record(place, value, ["perMinute", "atMost", "restarts"]);
  if (given === undefined) return undefined;
  const perMinute = rate(within(place, "perMinute"), given["perMinute"], mostPerMinute);
  const atMost = optional(place, { from: given, field: "atMost" }, (at, v) => whole(at, v, { from: 1, to: 10_000 }));
  const times = optional(place, { from: given, field: "restarts" }, (at, v) => span(at, v, { from: 1, to: 20 }));
  return perMinute === undefined ? undefined : { perMinute, atMost: atMost ?? 10, restarts: times ?? restarts };
}

function readNodes(place: Place, value: unknown): LifeScenario["nodes"] {
  const given = record(place, value, ["perMinute", "downSeconds", "replace"]);
  if (given === undefined) return undefined;
  const perMinute = rate(within(place, "perMinute"), given["perMinute"], mostPerMinute);
  const down = optional(place, { from: given, field: "downSeconds" }, (at, v) => span(at, v, { from: 1, to: 3_600 }));
  const replace = optional(place, { from: given, field: "replace" }, (at, v) =>
    typeof v === "boolean" ? v : wrong(at, v, "give true (a new node takes its place) or false (it comes back)"),
  );
  return perMinute === undefined
    ? undefined
    : { perMinute, downSeconds: down ?? downSeconds, replace: replace ?? false };
}
