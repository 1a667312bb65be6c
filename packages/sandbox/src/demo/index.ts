export { demoScenario } from "./scenario";
