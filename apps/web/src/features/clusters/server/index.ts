export { openManifestLink } from "./manifest-link";
export { clustersRouter } from "./router";
