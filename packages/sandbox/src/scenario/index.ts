export { builtInScenarios } from "./built-in";
export { problemText, type ScenarioProblem } from "./problems";
export { readScenario } from "./read-scenario";
