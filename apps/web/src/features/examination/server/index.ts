export { examinationRouter } from "./router";
