export { startDataplane } from "./start";
