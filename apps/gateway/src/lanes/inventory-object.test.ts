import { create } from "@bufbuild/protobuf";
import { ResourceStateSchema, sha256 } from "@isthmus/protocol";
import { describe, expect, it } from "vitest";
import { inventoryObject } from "./inventory-object";

const ref = { apiVersion: "v1", kind: "Pod", namespace: "boutique", name: "cart-0" };
const state = (text: string, over: { ref?: typeof ref; hash?: Uint8Array } = {}) => {
  const body = new TextEncoder().encode(text);
  return create(ResourceStateSchema, { ref, uid: "u", hash: sha256(body), body, ...over });
};

describe("inventoryObject", () => {
  it("reads the labels and keeps the body as it came", () => {
    const text = '{"metadata":{"labels":{"app":"cart","n":3}},"kind":"Pod"}';
    expect(inventoryObject(state(text))).toMatchObject({
      ok: true,
      value: { ref, uid: "u", labels: { app: "cart" }, body: text },
    });
  });

  it.each([
    { name: "a hash of something else", message: state("{}", { hash: sha256("x") }), error: "hash" },
    { name: "a body that is not JSON", message: state("{"), error: "JSON object" },
    { name: "a body that is a list", message: state("[]"), error: "JSON object" },
    { name: "no name", message: state("{}", { ref: { ...ref, name: "" } }), error: "no name" },
  ])("refuses $name", ({ message, error }) => {
    expect(inventoryObject(message)).toMatchObject({ ok: false, error: expect.stringContaining(error) });
  });

  it("leaves out NUL, which Postgres cannot keep, and nothing that only looks like it", () => {
    const read = inventoryObject(state(String.raw`{"a":"x\u0000y","b":"\\u0000","c":"\\\u0000"}`));
    expect(read.ok && JSON.parse(read.value.body)).toEqual({ a: "xy", b: String.raw`\u0000`, c: "\\" });
  });
});
