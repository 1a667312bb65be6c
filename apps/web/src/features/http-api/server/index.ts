export { handleHttpApi } from "./handler";
