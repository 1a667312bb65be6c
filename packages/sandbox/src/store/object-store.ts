import { randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { err, ok } from "@isthmus/std";
import { EventLog } from "./event-log";
import { Journal, type JournalEntry, type Snapshot } from "./journal";
import { Table } from "./tables";
import type {
  KubeInput,
  KubeObject,
  ObjectKey,
  ObjectStore,
  Preconditions,
  ResourceName,
  StoreError,
  StoreEvent,
  StoreResult,
} from "./types";

/** What a durable store may be told. */
export interface DurableStoreOptions {
  readonly dir: string;
  /** Milliseconds since the epoch, for `creationTimestamp`. */
  readonly now: () => number;
  /** Makes the `uid` of a new object; a random UUID unless told. */
  readonly newUid?: () => string;
  /** Events kept for each resource so that watches can resume; 1,000 unless told. */
  readonly window?: number;
  /** A journal beyond this size is folded into a snapshot; 8 MiB unless told. */
  readonly compactBytes?: number;
}

type Listener = (event: StoreEvent) => void;

/** An ObjectStore over a journal and a snapshot in one folder. */
export class DurableStore implements ObjectStore {
  readonly #journal: Journal;
  readonly #log: EventLog;
  readonly #options: DurableStoreOptions;
  readonly #tables = new Map<ResourceName, Table>();
  readonly #listeners = new Map<string, Set<Listener>>();
  readonly #pending: StoreEvent[] = [];
  #delivering = false;
  #version = 0;

  private constructor(options: DurableStoreOptions, journal: Journal, snapshot: Snapshot) {
    this.#options = options;
    this.#journal = journal;
    this.#version = snapshot.v;
    this.#log = new EventLog(options.window ?? 1_000, snapshot.v);
    for (const { r, o } of snapshot.objects) this.#of(r).set(o.metadata.namespace ?? "", o.metadata.name, o);
  }

  /** Opens the store in `options.dir`, as it was left. */
  static open(options: DurableStoreOptions): DurableStore {
    const { journal, snapshot, entries } = Journal.open(options.dir);
    const store = new DurableStore(options, journal, snapshot);
    for (const entry of entries) store.#log.append(store.#replay(entry));
    return store;
  }

  get resourceVersion(): number {
    return this.#version;
  }

  get(key: ObjectKey): KubeObject | undefined {
    return this.#tables.get(key.resource)?.get(key.namespace ?? "", key.name);
  }

  list(resource: ResourceName, namespace?: string): readonly KubeObject[] {
    const table = this.#tables.get(resource);
    if (table === undefined) return [];
    return namespace === undefined ? table.list() : table.inNamespace(namespace);
  }

  create(resource: ResourceName, input: KubeInput): StoreResult {
    const key = keyFor(resource, input);
    if (this.get(key)) return err({ code: "already-exists", key });
    const metadata = {
      ...input.metadata,
      uid: (this.#options.newUid ?? randomUUID)(),
      creationTimestamp: timestamp(this.#options.now()),
      resourceVersion: "",
    };
    return ok(this.#write("ADDED", resource, { ...input, metadata }));
  }

  update(resource: ResourceName, input: KubeInput): StoreResult {
    const key = keyFor(resource, input);
    const current = this.get(key);
    if (!current) return err({ code: "not-found", key });
    const { uid, resourceVersion } = input.metadata;
    const refused = unmet(key, current, { uid, resourceVersion });
    if (refused) return err(refused);
    const kept = {
      uid: current.metadata.uid,
      creationTimestamp: current.metadata.creationTimestamp,
      resourceVersion: current.metadata.resourceVersion,
    };
    const next: KubeObject = { ...input, metadata: { ...input.metadata, ...kept } };
    return ok(isDeepStrictEqual(current, next) ? current : this.#write("MODIFIED", resource, next));
  }

  delete(key: ObjectKey, preconditions: Preconditions = {}): StoreResult {
    const current = this.get(key);
    if (!current) return err({ code: "not-found", key });
    const refused = unmet(key, current, preconditions);
    return refused ? err(refused) : ok(this.#write("DELETED", key.resource, current));
  }

  subscribe(resource: ResourceName, listener: Listener): () => void {
    const listeners = this.#listeners.get(resource) ?? new Set();
    this.#listeners.set(resource, listeners.add(listener));
    return () => listeners.delete(listener);
  }

  /** The events of `resource` after `version`, oldest first; `expired` where the window has moved on. */
  eventsSince(resource: ResourceName, version: number): readonly StoreEvent[] | "expired" {
    return this.#log.since(resource, version);
  }

  /** Folds the journal into a snapshot and closes the files. */
  close(): void {
    this.#compact();
    this.#journal.close();
  }

  #write(type: StoreEvent["type"], resource: ResourceName, object: KubeObject): KubeObject {
    const version = this.#version + 1;
    const stamped = { ...object, metadata: { ...object.metadata, resourceVersion: String(version) } };
    const entry = { v: version, t: type, r: resource, o: stamped };
    this.#journal.append(entry);
    const event = this.#replay(entry);
    this.#log.append(event);
    if (this.#journal.isLong(this.#options.compactBytes ?? 8 * 1024 * 1024)) this.#compact();
    this.#deliver(event);
    return stamped;
  }

  #replay({ v, t, r, o }: JournalEntry): StoreEvent {
    const table = this.#of(r);
    const { namespace = "", name } = o.metadata;
    const previous = table.get(namespace, name);
    if (t === "DELETED") table.delete(namespace, name);
    else table.set(namespace, name, o);
    this.#version = v;
    const event = { type: t, resource: r, resourceVersion: v, object: o };
    return previous ? { ...event, previous } : event;
  }

  /** INVARIANT: a write made by a listener is stored at once, and delivered after the event that caused it. */
  #deliver(event: StoreEvent): void {
    this.#pending.push(event);
    if (this.#delivering) return;
    this.#delivering = true;
    let delivered = 0;
    try {
      for (let next = this.#pending[0]; next; next = this.#pending[delivered]) {
        delivered += 1;
        this.#notify(next);
      }
    } finally {
      this.#pending.splice(0, delivered);
      this.#delivering = false;
    }
  }

  #notify(event: StoreEvent): void {
    for (const listener of this.#listeners.get(event.resource) ?? []) listener(event);
    for (const listener of this.#listeners.get("*") ?? []) listener(event);
  }

  #compact(): void {
    const objects = [...this.#tables].flatMap(([r, table]) => table.list().map((o) => ({ r, o })));
    this.#journal.compact({ v: this.#version, objects });
  }

  #of(resource: ResourceName): Table {
    const known = this.#tables.get(resource);
    if (known) return known;
    const table = new Table();
    this.#tables.set(resource, table);
    return table;
  }
}

/** RFC 3339 in whole seconds, as Kubernetes writes times. */
export function timestamp(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, "Z");
}

function keyFor(resource: ResourceName, { metadata }: KubeInput): ObjectKey {
  return { resource, namespace: metadata.namespace, name: metadata.name };
}

function unmet(key: ObjectKey, { metadata }: KubeObject, wanted: Preconditions): StoreError | undefined {
  const uid = wanted.uid && wanted.uid !== metadata.uid;
  if (uid) return { code: "conflict", key, message: preconditionText("UID", wanted.uid, metadata.uid) };
  const { resourceVersion } = wanted;
  if (!resourceVersion || resourceVersion === metadata.resourceVersion) return undefined;
  return {
    code: "conflict",
    key,
    message: preconditionText("ResourceVersion", resourceVersion, metadata.resourceVersion),
  };
}

function preconditionText(field: string, wanted: string | undefined, found: string): string {
  return `Precondition failed: ${field} in precondition: ${wanted}, ${field} in object meta: ${found}`;
}
