import { describe, expect, it } from "vitest";
import { EventLog } from "./event-log";
import type { StoreEvent } from "./types";

const event = (resourceVersion: number, resource = "pods"): StoreEvent => ({
  type: "ADDED",
  resource,
  resourceVersion,
  object: {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "p", uid: "u", resourceVersion: "1", creationTimestamp: "" },
  },
});

describe("the window of events", () => {
  const versions = (log: EventLog, resource: string, version: number) => {
    const events = log.since(resource, version);
    return events === "expired" ? events : events.map(({ resourceVersion }) => resourceVersion);
  };

  it("gives what came after a version, of one resource", () => {
    const log = new EventLog(10, 0);
    [event(1), event(2, "nodes"), event(3)].forEach((each) => log.append(each));
    expect(versions(log, "pods", 0)).toEqual([1, 3]);
    expect(versions(log, "pods", 1)).toEqual([3]);
    expect(versions(log, "pods", 3)).toEqual([]);
    expect(versions(log, "secrets", 0)).toEqual([]);
  });

  it("says that a version is too old once events after it are dropped, and not before", () => {
    const log = new EventLog(2, 0);
    for (let version = 1; version <= 5; version += 1) log.append(event(version));
    expect(versions(log, "pods", 2)).toBe("expired");
    expect(versions(log, "pods", 3)).toEqual([4, 5]);
    expect(versions(log, "nodes", 0)).toEqual([]);
  });

  it("knows nothing before it began", () => {
    const log = new EventLog(10, 7);
    expect(versions(log, "pods", 6)).toBe("expired");
    expect(versions(log, "pods", 7)).toEqual([]);
  });
});
