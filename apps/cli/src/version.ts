import manifest from "../package.json" with { type: "json" };

/** The version of the command. */
export const VERSION = manifest.version;

/** The version of its JSON: it grows when a field changes its meaning or goes; new fields alone do not raise it. */
export const JSON_VERSION = 1;
