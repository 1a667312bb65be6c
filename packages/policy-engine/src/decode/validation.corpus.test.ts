import { describe, expect, it } from "vitest";
import type { Diagnostic } from "../diagnostic";
import { readCorpus } from "../testing/corpora";
import { readEntityRule } from "./entity-rule";
import { readHostEndpointSpec } from "./host-endpoint";
import { readHttp } from "./http";
import { readNetworkSetSpec } from "./network-set";
import { validateResource } from "./parse-resource";
import { readProtocol } from "./port";
import { readerOf, type Reader } from "./reader";
import { readIcmp, readRule } from "./rule";

interface Row {
  readonly desc: string;
  readonly type: string;
  readonly value: unknown;
  readonly valid: boolean;
}

/** Parts of resources that the corpus names by their Go types. */
const PARTS: ReadonlyMap<string, (reader: Reader) => unknown> = new Map<string, (reader: Reader) => unknown>([
  ["Rule", (r) => readRule(r)],
  ["EntityRule", readEntityRule],
  ["ICMPFields", readIcmp],
  ["HTTPMatch", readHttp],
  ["HostEndpointSpec", readHostEndpointSpec],
  ["GlobalNetworkSetSpec", readNetworkSetSpec],
  ["NetworkSetSpec", readNetworkSetSpec],
  ["protocolFromString", readProtocol],
  ["protocolFromInt", readProtocol],
  ["numorstring.Protocol", readProtocol],
]);

/**
 * One row cannot be told from a valid resource once it is JSON: in Calico's test (libcalico-go validator_test.go) the
 * port is `{PortName: "foo", MinPort: 123, MaxPort: 456}`, and only the name survives the way to JSON.
 */
const LOST_IN_JSON = (row: Row): boolean =>
  row.desc === "should reject Rule with invalid port (name + number)" && JSON.stringify(row.value).includes('"foo"');

function errorsOf(row: Row): readonly Diagnostic[] {
  const part = PARTS.get(row.type);
  if (!part) return validateResource(row.value).filter((d) => d.severity === "error");
  const reader = readerOf(row.value);
  part(reader);
  return reader.findings.diagnostics.filter((d) => d.severity === "error");
}

const rows = (readCorpus("calico-validation.json") as readonly Row[] | undefined) ?? [];
const named = rows
  .filter((row) => !LOST_IN_JSON(row))
  .map((row, i) => ({ ...row, name: `${i} ${row.type}: ${row.desc}` }));

describe.skipIf(rows.length === 0)("Calico's validation tests", () => {
  it("leaves out the one row that JSON cannot carry", () => {
    expect(rows.length - named.length).toBe(1);
  });

  it.each(named)("$name", (row) => {
    expect({ valid: errorsOf(row).length === 0, errors: errorsOf(row) }).toMatchObject({ valid: row.valid });
  });

  it("names a field that exists, or its parent, for every error of a whole resource", () => {
    for (const row of rows.filter((r) => !PARTS.has(r.type))) {
      for (const d of errorsOf(row)) {
        let value: unknown = row.value;
        for (const step of d.path.slice(0, -1)) value = (value as Record<string | number, unknown>)[step] ?? {};
        expect(typeof value).toBe("object");
      }
    }
  });
});
