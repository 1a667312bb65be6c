import { isRecord, recordAt, textAt, type KubeObject, type ResourceKind } from "@isthmus/k8s";

/** The kind of a Lease (coordination.k8s.io/v1). */
export const LEASE_KIND: ResourceKind = {
  apiVersion: "coordination.k8s.io/v1",
  kind: "Lease",
  plural: "leases",
  namespaced: true,
};

/** What a Lease says. Its times are those of the clock that wrote them: for people, never to be compared with ours. */
export interface LeaseRecord {
  /** Empty: nobody holds it. */
  readonly holder: string;
  /** How long the holder may be silent. */
  readonly durationSeconds: number;
  readonly acquireTime: string;
  readonly renewTime: string;
  /** How often it has changed hands. */
  readonly transitions: number;
}

/** Reads a Lease; one that was never held has no fields. */
export function leaseRecord(lease: KubeObject): LeaseRecord {
  const spec = recordAt(lease, "spec");
  return {
    holder: textAt(spec, "holderIdentity"),
    durationSeconds: numberIn(spec["leaseDurationSeconds"]),
    acquireTime: textAt(spec, "acquireTime"),
    renewTime: textAt(spec, "renewTime"),
    transitions: numberIn(spec["leaseTransitions"]),
  };
}

/** The Lease with another record; it keeps its version and UID, which the write is conditional on. */
export function withRecord(lease: KubeObject, record: LeaseRecord): KubeObject {
  const spec = isRecord(lease["spec"]) ? lease["spec"] : {};
  return {
    ...lease,
    spec: {
      ...spec,
      holderIdentity: record.holder,
      leaseDurationSeconds: record.durationSeconds,
      acquireTime: record.acquireTime,
      renewTime: record.renewTime,
      leaseTransitions: record.transitions,
    },
  };
}

/** A time as `MicroTime` wants it: exactly six digits of a second, else the API server cannot read the object. */
export function microTime(nowMs: number): string {
  return new Date(nowMs).toISOString().replace("Z", "000Z");
}

const numberIn = (value: unknown): number => (typeof value === "number" ? value : 0);
