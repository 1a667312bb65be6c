export { openManifestLink } from "./manifest-link";
export { clustersRouter } from "./router";
export { statusOf } from "../model/from-record";
