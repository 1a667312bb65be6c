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
 * In one row of Calico's test (libcalico-go validator_test.go) a port has a name and numbers at once. Its JSON keeps the
 * name alone, which is a valid port; so the row is judged as what the test was given: the structure itself.
 */
const NAME_AND_NUMBERS = { PortName: "foo", MinPort: 123, MaxPort: 456 };
const lostInJson = ({ desc, value }: Row): boolean =>
  desc === "should reject Rule with invalid port (name + number)" && JSON.stringify(value).includes('["foo"]');
const restored = (row: Row): Row =>
  lostInJson(row)
    ? { ...row, value: { action: "Allow", protocol: "TCP", destination: { notPorts: [NAME_AND_NUMBERS] } } }
    : row;

function errorsOf(row: Row): readonly Diagnostic[] {
  const part = PARTS.get(row.type);
  if (!part) return validateResource(row.value).filter((d) => d.severity === "error");
  const reader = readerOf(row.value);
  part(reader);
  return reader.findings.diagnostics.filter((d) => d.severity === "error");
}

const rows = (readCorpus("calico-validation.json") as readonly Row[] | undefined) ?? [];
const named = rows.map(restored).map((row, i) => ({ ...row, name: `${i} ${row.type}: ${row.desc}` }));

describe.skipIf(rows.length === 0)("Calico's validation tests", () => {
  it("restores one row alone, and it is refused for what is wrong with it", () => {
    expect(rows.filter(lostInJson)).toHaveLength(1);
    expect(rows.filter(lostInJson).flatMap((row) => errorsOf(restored(row)).map(({ message }) => message))).toEqual([
      "a port has a name or numbers, not both",
    ]);
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
