/** An organisation of the person, as the server lists it. */
export interface OwnOrganisation {
  readonly id: string;
  readonly name: string;
  readonly kind: "ordinary" | "installation";
  /** False where the present session is not good there. */
  readonly open: boolean;
}

export interface SwitchEntry {
  readonly id: string;
  readonly name: string;
  readonly kind: OwnOrganisation["kind"];
  readonly current: boolean;
  readonly needsSignIn: boolean;
}

/** The organisations of the account menu: by name, the installation last, the present one there even before the rest is known. */
export function switchEntries(
  mine: readonly OwnOrganisation[],
  present: { readonly id: string; readonly name: string },
): readonly SwitchEntry[] {
  const all = mine.some(({ id }) => id === present.id)
    ? mine
    : [{ ...present, kind: "ordinary" as const, open: true }, ...mine];
  return [...all]
    .sort(
      (a, b) => Number(a.kind === "installation") - Number(b.kind === "installation") || a.name.localeCompare(b.name),
    )
    .map(({ id, name, kind, open }) => ({
      id,
      name,
      kind,
      current: id === present.id,
      needsSignIn: id !== present.id && !open,
    }));
}
