export { AppFrame } from "./components/app-frame";
export { useLive, type LiveState } from "./components/live";
export { FilterBar, Page, PageBody, PageSide, StatusBar } from "./components/page";
export { parseTheme, themeCookie, type Theme } from "./model/theme";
export { useLink, useSetParams, useView, type ViewState } from "./model/use-view";
