export { StoragePage } from "./components/storage-page";
