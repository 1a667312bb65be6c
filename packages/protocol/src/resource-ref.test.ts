import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalJson, hashedBody } from "./canonical-json";
import { sha256 } from "./crypto";
import { chunkDigest, chunkOf, differingChunks, inventoryDigests, refText, type HashedRef } from "./resource-ref";

const name = fc.stringMatching(/^[a-z0-9.-]{1,12}$/);
const resource: fc.Arbitrary<HashedRef> = fc
  .record({
    apiVersion: fc.constantFrom("v1", "apps/v1"),
    kind: fc.constantFrom("Pod", "Service"),
    namespace: name,
    name,
  })
  .map((ref) => ({ ref, hash: sha256(refText(ref)) }));
const inventory = fc.uniqueArray(resource, { maxLength: 40, selector: ({ ref }) => refText(ref) });

describe("inventory digests", () => {
  it("do not depend on the order of resources", () => {
    fc.assert(
      fc.property(inventory, (list) => {
        expect(inventoryDigests(list.toReversed())).toEqual(inventoryDigests(list));
      }),
    );
  });

  it("differ in exactly the chunk of a resource that changed, came or went", () => {
    fc.assert(
      fc.property(inventory, resource, (list, changed) => {
        const others = list.filter(({ ref }) => refText(ref) !== refText(changed.ref));
        const before = inventoryDigests([...others, changed]);
        const chunk = chunkOf(changed.ref);
        expect(differingChunks(before, inventoryDigests([...others, { ...changed, hash: sha256("new") }]))).toEqual([
          chunk,
        ]);
        expect(differingChunks(before, inventoryDigests(others))).toEqual([chunk]);
        expect(differingChunks(before, before)).toEqual([]);
      }),
    );
  });

  it("are pinned: both ends of the link must compute the same", () => {
    const ref = { apiVersion: "v1", kind: "Pod", namespace: "boutique", name: "cart-0" };
    expect(chunkOf(ref)).toBe(parseInt(Buffer.from(sha256("v1|Pod|boutique|cart-0")).toString("hex").slice(0, 2), 16));
    expect(chunkDigest([])).toHaveLength(0);
    expect(Buffer.from(chunkDigest([{ ref, hash: new Uint8Array(32) }])).toString("hex")).toBe(
      Buffer.from(sha256(Buffer.concat([Buffer.from("v1|Pod|boutique|cart-0\n"), Buffer.alloc(32)]))).toString("hex"),
    );
  });
});

describe("canonical JSON", () => {
  it("sorts keys, keeps lists and leaves undefined out", () => {
    expect(canonicalJson({ b: [2, 1], a: { d: null, c: undefined, é: "x" } })).toBe(
      '{"a":{"d":null,"é":"x"},"b":[2,1]}',
    );
  });
  it("means the same value", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse(canonicalJson(value as never))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });
  it("is hashed as its bytes", () => {
    const { body, hash } = hashedBody({ a: 1 });
    expect(new TextDecoder().decode(body)).toBe('{"a":1}');
    expect(hash).toEqual(sha256('{"a":1}'));
  });
});
