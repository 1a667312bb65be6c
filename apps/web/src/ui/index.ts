export { Badge, Kbd } from "./badge";
export { Button, IconButton, type ButtonProps } from "./button";
export { ClusterMark, ClusterName, clusterColour, clusterHasDot } from "./cluster-mark";
export { CodeBlock, CopyButton } from "./code-block";
export { cx } from "./cx";
export { Dialog } from "./dialog";
export { Field, TextArea } from "./field";
export {
  absoluteTime,
  clockTime,
  dayMonth,
  formatBytes,
  formatCount,
  formatDuration,
  formatShare,
  hourMinute,
  middleEllipsis,
  relativeTime,
  shortCount,
} from "./format";
export {
  ProblemIcon,
  StatusGlyph,
  StatusMark,
  VerdictGlyph,
  VerdictMark,
  verdictWord,
  type Status,
  type Verdict,
} from "./marks";
export { ControlButton, floating, Menu, MenuCheck, MenuItem, MenuLabel, MenuSeparator, Popover, Select } from "./menu";
export { Progress, Spinner } from "./progress";
export { Facts, PanelSection, SidePanel } from "./side-panel";
export { Sparkline } from "./sparkline";
export { EmptyState, ErrorState, LoadingState } from "./states";
export { Table, type Column, type TableProps } from "./table";
export { Segments, Tabs, type Tab } from "./tabs";
export { RelativeTime, useNow } from "./time";
export { Tooltip, TooltipProvider } from "./tooltip";
