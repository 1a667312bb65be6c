import { stringify } from "yaml";

/** A manifest as a file. */
export const manifestText = (manifest: object): string => stringify(manifest, { lineWidth: 0 });

/** The command that applies it by hand. */
export const applyCommand = (fileName: string): string => `kubectl apply -f ${fileName}`;
