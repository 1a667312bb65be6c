// Writes to the store whose folder is given until it is killed, and says each version once it is written.
import { writeSync } from "node:fs";
import { DurableStore } from "../../src/store/object-store";

const [dir = ""] = process.argv.slice(2);
const store = DurableStore.open({ dir, now: Date.now, compactBytes: 200_000 });
for (let round = 0; ; round += 1) {
  const name = `object-${round % 50}`;
  const live = store.get({ resource: "configmaps", namespace: "n", name });
  const data = { round: String(round), padding: "x".repeat(round % 3_000) };
  if (live) store.update("configmaps", { ...live, data });
  else store.create("configmaps", { apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace: "n" }, data });
  writeSync(1, `${store.resourceVersion} ${name} ${round}\n`);
}
