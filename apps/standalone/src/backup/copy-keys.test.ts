import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { copyKeys } from "./back-up";

const folder = mkdtempSync(join(tmpdir(), "isthmus-keys-"));
afterAll(() => rmSync(folder, { recursive: true }));

it("keys that anybody could read are copied for their owner alone", async () => {
  const [from, to] = [join(folder, "from"), join(folder, "to")];
  mkdirSync(from);
  writeFileSync(join(from, "signing-key.pem"), "key");
  chmodSync(join(from, "signing-key.pem"), 0o644);
  const keys = await copyKeys(from, to);
  expect(keys.map(({ name }) => name)).toEqual(["signing-key.pem"]);
  expect(readFileSync(join(to, "signing-key.pem"), "utf8")).toBe("key");
  expect([to, join(to, "signing-key.pem")].map((path) => statSync(path).mode & 0o777)).toEqual([0o700, 0o600]);
});
