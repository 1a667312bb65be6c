export { SearchField } from "./components/search-field";
export { AppFrame } from "./components/app-frame";
export { FilterBar, Page, PageBody, PageSide, StatusBar } from "./components/page";
export { parseTheme, themeCookie } from "./model/theme";
export { useLink, useSetParams, useView } from "./model/use-view";
