export { DeletionBanner } from "./components/deletion-banner";
export { JoinPage } from "./components/join-page";
export { OrganisationPage } from "./components/organisation-page";
export { OrganisationsPage } from "./components/organisations-page";
export { OrganisationSwitch } from "./components/organisation-switch";
