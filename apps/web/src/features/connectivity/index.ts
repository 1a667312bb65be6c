export { ConnectivityPage } from "./components/connectivity-page";
