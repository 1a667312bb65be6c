import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { storedKinds } from "../src/api/registry";
import { crdDifferences } from "./crd-differences";

const folder = join(import.meta.dirname, "../../../../shared/corpora/crds");

interface Definition {
  readonly spec: {
    readonly group: string;
    readonly scope: string;
    readonly names: { readonly kind: string; readonly plural: string };
    readonly versions: readonly {
      readonly name: string;
      readonly schema: { readonly openAPIV3Schema: { readonly properties: Readonly<Record<string, object>> } };
    }[];
  };
}

/** What we say more strictly than the schema, as Kubernetes and Calico check it beside: by rules of their own. */
const stricter = [
  /\.matchExpressions\[\]\.operator: enum \["In","NotIn","Exists","DoesNotExist"\], published undefined$/,
  /\.ipVersion: (minimum 4|maximum 6), published undefined$/,
  /\.ports\[\]\.protocol: enum \["TCP","UDP","SCTP"\], published undefined$/,
  /^spec\.policyTypes\[\]: enum \["Ingress","Egress"\], published undefined$/,
  /^spec\.defaultAction: enum \["Pass","Deny"\], published undefined$/,
];

/** Felix' settings are kept as they are written; the sandbox reads none of them. */
const keptAsWritten: Readonly<Record<string, readonly string[]>> = {
  "felixconfigurations.yaml": ["spec: map, published object"],
};

describe.skipIf(!existsSync(folder))("published CustomResourceDefinitions", () => {
  it.each(existsSync(folder) ? readdirSync(folder) : [])("%s is described field by field, limit by limit", (file) => {
    const { spec } = parse(readFileSync(join(folder, file), "utf8")) as Definition;
    const [version] = spec.versions;
    const kind = storedKinds.find(({ kind: name, group }) => name === spec.names.kind && group === spec.group);
    expect(kind).toMatchObject({
      version: version?.name,
      plural: spec.names.plural,
      namespaced: spec.scope !== "Cluster",
    });
    const { spec: published } = version?.schema.openAPIV3Schema.properties ?? {};
    const ours = kind?.schema.fields["spec"];
    if (ours === undefined || published === undefined) throw new Error("there is no spec");
    const differences = crdDifferences(ours, { ...published }, "spec");
    const unknown = differences.filter((line) => !stricter.some((known) => known.test(line)));
    expect(unknown).toEqual(keptAsWritten[file] ?? []);
  });
});
