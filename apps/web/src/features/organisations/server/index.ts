export { organisationsRouter } from "./router";
export { openOrganisationExport } from "./export";
