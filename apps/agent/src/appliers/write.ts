import { err, ok, type Result } from "@isthmus/std";
import type { KubeError, KubeObject, ResourceKind, WriteObjects } from "@isthmus/k8s";
import { withOwnership, type Ownership } from "./ownership";

/** What an update replaces, and with what. */
export interface Replacement {
  readonly kind: ResourceKind;
  readonly manifest: KubeObject;
  readonly ownership: Ownership;
  /** Ours, as read a moment ago. */
  readonly observed: KubeObject;
}

/** Writes to one cluster; remembers for which kinds server-side apply works there. */
export class ResourceWriter {
  readonly #api: WriteObjects;
  readonly #applyWorks = new Map<string, boolean>();

  constructor(api: WriteObjects) {
    this.#api = api;
  }

  /** Creates; an object of that name is an error (`already-exists`) and stays as it is. */
  create(kind: ResourceKind, manifest: KubeObject, ownership: Ownership): Promise<Result<KubeObject, KubeError>> {
    return this.#api.create(kind, withOwnership(manifest, ownership));
  }

  /**
   * Replaces our own object, with its UID (and, without server-side apply, its version) as precondition. Server-side
   * apply is used for a kind once a dry run of the very write has worked: some Calico API servers refuse it.
   */
  async update(replacement: Replacement): Promise<Result<KubeObject, KubeError>> {
    const { kind, manifest, ownership, observed } = replacement;
    const wanted = withOwnership(manifest, ownership);
    const applied = { ...wanted, metadata: { ...wanted.metadata, uid: observed.metadata.uid ?? "" } };
    const works = await this.#probe(kind, applied);
    if (!works.ok) return works;
    if (works.value) return this.#api.apply(kind, applied);
    return this.#api.update(kind, merged(wanted, observed));
  }

  async #probe(kind: ResourceKind, object: KubeObject): Promise<Result<boolean, KubeError>> {
    const known = this.#applyWorks.get(kind.plural);
    if (known !== undefined) return ok(known);
    const answer = await this.#api.apply(kind, object, { dryRun: true });
    if (!answer.ok && (answer.error.code === "unreachable" || answer.error.code === "conflict"))
      return err(answer.error);
    // A refusal of the content says nothing about the method: the write itself will tell, and the probe is repeated.
    if (answer.ok || !["invalid", "server", "too-many-requests"].includes(answer.error.code)) {
      this.#applyWorks.set(kind.plural, answer.ok);
    }
    return ok(answer.ok);
  }
}

/** The manifest in place of the object's contents; labels and annotations that others added stay. */
function merged(wanted: KubeObject, observed: KubeObject): KubeObject {
  const { labels, annotations } = observed.metadata;
  return {
    ...wanted,
    metadata: {
      ...observed.metadata,
      labels: { ...labels, ...wanted.metadata.labels },
      annotations: { ...annotations, ...wanted.metadata.annotations },
    },
  };
}
