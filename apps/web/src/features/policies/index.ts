export { PoliciesPage } from "./components/policies-page";
