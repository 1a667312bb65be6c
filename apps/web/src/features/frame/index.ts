export { FilterBar, Page, PageBody, PageSide, StatusBar } from "./components/page";
export { AppFrame } from "./components/app-frame";
export { useLive, type LiveState } from "./components/live";
export type { LiveTopic } from "./model/live";
export { parseTheme, themeCookie, type Theme } from "./model/theme";
export { describeRange, parseRange, printRange, resolveRange, type Interval, type TimeRange } from "./model/time-range";
export { clustersInScope, parseScope, printScope, type Scope, type ScopedCluster } from "./model/scope";
export { useLink, useSetParams, useView, type ViewState } from "./model/use-view";
export { toViewInput, viewInput, type ViewInput } from "./model/view";
