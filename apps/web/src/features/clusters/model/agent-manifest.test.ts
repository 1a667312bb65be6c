import { readFileSync } from "node:fs";
import { parseAllDocuments } from "yaml";
import { describe, expect, it } from "vitest";
import { fillManifest, goldmaneServerName, type ManifestValues } from "./agent-manifest";

const template = readFileSync(new URL("../../../../../../deploy/agent/agent.yaml", import.meta.url), "utf8");
const values: ManifestValues = {
  image: "registry.example.org:5000/isthmus-agent:0.1.0",
  imagePullPolicy: "IfNotPresent",
  gatewayUrls: ["wss://a.example.org:7401", "wss://b.example.org:7401"],
  pins: ["SHA256:abc_-", "SHA256:def"],
  grantId: "0b7c0d4e-0000-4000-8000-000000000001",
  grantSecretBase64: Buffer.alloc(32, 7).toString("base64"),
  caBundle: "",
  goldmaneAddress: "goldmane.calico-system.svc:7443",
  goldmaneTlsSecret: "whisker-backend-key-pair",
  goldmaneCaConfigMap: "goldmane-ca-bundle",
};

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly data?: Record<string, string>;
  readonly spec?: { template: { spec: { containers: { image: string; args: string[] }[] } } };
}

describe("fillManifest", () => {
  const filled = fillManifest(template, values, ["for eu-west"]);
  const text = filled.ok ? filled.value : "";
  const documents = parseAllDocuments(text).map((document) => document.toJS() as Manifest);

  it("makes YAML without a placeholder left", () => {
    expect(text.startsWith("# for eu-west\napiVersion")).toBe(true);
    expect(text).not.toMatch(/\{\{|\}\}/);
    expect(documents.map((document) => document.kind)).toContain("ClusterRole");
  });

  it("puts the grant, the gateways and the pins where the agent reads them", () => {
    const grant = documents.find((document) => document.metadata.name === "isthmus-agent-grant");
    expect(grant?.data?.["secret"]).toBe(values.grantSecretBase64);
    const container = documents.find((document) => document.kind === "Deployment")?.spec?.template.spec.containers[0];
    expect(container?.image).toBe(values.image);
    expect(container?.args).toEqual(
      expect.arrayContaining([
        "--gateway=wss://a.example.org:7401,wss://b.example.org:7401",
        "--pin=SHA256:abc_-,SHA256:def",
        `--grant-id=${values.grantId}`,
        "--goldmane-server-name=goldmane.calico-system.svc",
      ]),
    );
  });

  it.each([
    { name: "a quote", value: 'x"\nkind: Pod' },
    { name: "a line break", value: "x\ny" },
    { name: "a backslash", value: "x\\y" },
  ])("refuses $name in a value", ({ value }) => {
    const unsafe = fillManifest(template, { ...values, image: value }, []);
    expect(unsafe.ok ? "filled" : unsafe.error.code).toBe("unsafe-value");
  });

  it("names a placeholder that it does not know", () => {
    const unknown = fillManifest("a: {{later}}\n", values, []);
    expect(!unknown.ok && unknown.error.message).toMatch(/`later`/);
  });
});

it.each([
  ["goldmane.calico-system.svc:7443", "goldmane.calico-system.svc"],
  ["goldmane", "goldmane"],
])("takes the server's name from %s", (address, name) => {
  expect(goldmaneServerName(address)).toBe(name);
});
