import { describe, expect, it } from "vitest";
import { decodeProtobuf } from "./decode";

const bytes = (number: number, content: Buffer | string): Buffer => {
  const body = Buffer.from(content);
  return Buffer.concat([varint((number << 3) | 2), varint(body.length), body]);
};
const number = (field: number, value: number): Buffer => Buffer.concat([varint(field << 3), varint(value)]);

function varint(value: number): Buffer {
  const out: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.from([...out, rest]);
    out.push((rest % 128) | 0x80);
  }
}

function envelope(apiVersion: string, kind: string, message: Buffer): Buffer {
  const type = Buffer.concat([bytes(1, apiVersion), bytes(2, kind)]);
  return Buffer.concat([Buffer.from("k8s\0"), bytes(1, type), bytes(2, message)]);
}

describe("Kubernetes' protobuf", () => {
  it("is read as the JSON that it stands for: zeros of plain fields go, those of pointers stay", () => {
    const label = Buffer.concat([bytes(1, "app"), bytes(2, "web")]);
    const metadata = Buffer.concat([bytes(1, "web"), bytes(2, ""), bytes(8, ""), bytes(11, label)]);
    const surge = Buffer.concat([number(1, 1), bytes(3, "25%")]);
    const strategy = bytes(2, bytes(2, surge));
    const spec = Buffer.concat([number(1, 0), bytes(4, strategy), number(5, 0)]);
    const message = Buffer.concat([bytes(1, metadata), bytes(2, spec), bytes(3, number(2, 7))]);
    expect(decodeProtobuf(envelope("apps/v1", "Deployment", message))).toEqual({
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "web", labels: { app: "web" } },
      spec: { replicas: 0, strategy: { rollingUpdate: { maxSurge: "25%" } } },
    });
  });

  it("reads bytes as base64, lists and embedded messages", () => {
    const secret = bytes(2, Buffer.concat([bytes(1, "key"), bytes(2, "value")]));
    expect(decodeProtobuf(envelope("v1", "Secret", secret))).toMatchObject({ data: { key: "dmFsdWU=" } });
    const rule = Buffer.concat([bytes(1, "get"), bytes(1, "list"), bytes(2, ""), bytes(3, "pods")]);
    const role = bytes(2, rule);
    expect(decodeProtobuf(envelope("rbac.authorization.k8s.io/v1", "Role", role))).toMatchObject({
      rules: [{ verbs: ["get", "list"], apiGroups: [""], resources: ["pods"] }],
    });
    const source = bytes(2, bytes(6, bytes(1, "grant")));
    const pod = bytes(2, bytes(1, Buffer.concat([bytes(1, "v"), source])));
    expect(decodeProtobuf(envelope("v1", "Pod", pod))).toMatchObject({
      spec: { volumes: [{ name: "v", secret: { secretName: "grant" } }] },
    });
  });

  const refused = [
    { name: "no magic", body: Buffer.from("{}"), message: "no Kubernetes protobuf" },
    {
      name: "an unknown kind",
      body: envelope("storage.k8s.io/v1", "StorageClass", Buffer.alloc(0)),
      message: "is not read in protobuf",
    },
    { name: "an unknown field", body: envelope("v1", "Secret", bytes(99, "x")), message: "field 99 of core.Secret" },
    {
      name: "a length beyond the end",
      body: envelope("v1", "Secret", Buffer.from([0x12, 0x7f, 1])),
      message: "damaged",
    },
    { name: "an endless number", body: envelope("v1", "Secret", Buffer.alloc(20, 0xff)), message: "damaged" },
  ];
  it.each(refused)("refuses $name", ({ body, message }) => {
    expect(() => decodeProtobuf(body)).toThrow(message);
  });
});
