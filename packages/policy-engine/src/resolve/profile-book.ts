import type { ProfileContent } from "../evaluate/profiles";
import type { Direction } from "../model/policy";
import type { RuleTerms } from "./rule-terms";

/** A profile's rules in the index; profiles of one content are one entry. */
export interface ProfileEntry {
  /** Never used twice. */
  readonly id: number;
  readonly content: ProfileContent;
  readonly rules: Readonly<Record<Direction, readonly RuleTerms[]>>;
  users: number;
}

/** A profile that speaks for an endpoint, under the name by which the endpoint has it. */
export interface ProfileSpeaker {
  readonly name: string;
  readonly entry: ProfileEntry;
}

/** What stands for a profile that is missing: it denies, by its rule 0 (Calico, felix DummyDropRules). */
export const MISSING_PROFILE: ProfileEntry = {
  id: -1,
  content: { labelsToApply: {}, ingress: [], egress: [] },
  rules: { ingress: [], egress: [] },
  users: 0,
};

const isSilent = ({ ingress, egress }: ProfileContent): boolean => ingress.length + egress.length === 0;

/** What speaks after the last tier, by name. Namespaces share the content of their profiles, and so one entry. */
export class ProfileBook {
  readonly #byName = new Map<string, ProfileEntry>();
  readonly #byContent = new Map<ProfileContent, ProfileEntry>();
  readonly #enter: (content: ProfileContent) => ProfileEntry["rules"];
  #nextId = 0;

  constructor(enter: (content: ProfileContent) => ProfileEntry["rules"]) {
    this.#enter = enter;
  }

  /** Adds or changes a profile; gives the entry that is no longer needed. */
  set(name: string, content: ProfileContent): ProfileEntry | undefined {
    const old = this.#byName.get(name);
    if (old?.content === content) return undefined;
    let entry = this.#byContent.get(content);
    if (!entry) {
      entry = { id: this.#nextId, content, rules: this.#enter(content), users: 0 };
      this.#nextId += 1;
      this.#byContent.set(content, entry);
    }
    entry.users += 1;
    this.#byName.set(name, entry);
    return old && this.#leave(old);
  }

  delete(name: string): ProfileEntry | undefined {
    const old = this.#byName.get(name);
    this.#byName.delete(name);
    return old && this.#leave(old);
  }

  /** The profiles of an endpoint that have something to say, in order; the last may be one that is missing. */
  speakersOf(names: readonly string[]): readonly ProfileSpeaker[] {
    const speakers: ProfileSpeaker[] = [];
    for (const name of names) {
      const entry = this.#byName.get(name);
      if (!entry) return [...speakers, { name, entry: MISSING_PROFILE }];
      if (!isSilent(entry.content)) speakers.push({ name, entry });
    }
    return speakers;
  }

  /** Every profile by name. */
  contents(): ReadonlyMap<string, ProfileContent> {
    return new Map([...this.#byName].map(([name, { content }]) => [name, content]));
  }

  #leave(entry: ProfileEntry): ProfileEntry | undefined {
    entry.users -= 1;
    if (entry.users > 0) return undefined;
    this.#byContent.delete(entry.content);
    return entry;
  }
}
