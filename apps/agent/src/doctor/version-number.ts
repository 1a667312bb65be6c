/** A version's first three numbers; undefined for text that has none. */
export type VersionNumber = readonly [major: number, minor: number, patch: number];

/** Reads `v1.34.2-eks-1a2b`, `3.32.0` and the like. */
export function versionNumber(text: string): VersionNumber | undefined {
  const match = /^v?(\d+)\.(\d+)(?:\.(\d+))?/u.exec(text);
  return match === null ? undefined : [Number(match[1]), Number(match[2]), Number(match[3] ?? 0)];
}

/** Whether a version is older than `major.minor`. */
export function isOlderThan(version: VersionNumber, [major, minor]: readonly [number, number]): boolean {
  return version[0] < major || (version[0] === major && version[1] < minor);
}
