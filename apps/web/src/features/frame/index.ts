export { SearchField } from "./components/search-field";
export { AppFrame } from "./components/app-frame";
export { NothingInReach } from "./components/not-permitted";
export { FilterBar, Page, PageBody, PageSide, StatusBar } from "./components/page";
export { useAccess, useBarred, useMay } from "./model/access-context";
export { parseTheme, themeCookie } from "./model/theme";
export { useLink, useSetParams, useView } from "./model/use-view";
