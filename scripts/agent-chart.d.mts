/** The rules as they stand in the manifest, comments included. */
export function clusterRoleRules(text?: string): string;
