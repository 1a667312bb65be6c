export { SearchField } from "./components/search-field";
export { AccessArea, AccessStart } from "./components/access-area";
export { AppFrame } from "./components/app-frame";
export { NothingInReach } from "./components/not-permitted";
export { FilterBar, Page, PageBody, PageSide, StatusBar } from "./components/page";
export { useAccess, useBarred, useMay } from "./model/access-context";
export { placeElsewhere } from "./model/pages";
export { parseTheme, themeCookie } from "./model/theme";
export { useLink, useSetParams, useView } from "./model/use-view";
