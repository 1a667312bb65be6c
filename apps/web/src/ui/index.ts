export { Badge, Kbd } from "./badge";
export { Button, IconButton } from "./button";
export { Checkbox } from "./checkbox";
export { Choice } from "./choice";
export { ClusterMark, ClusterName, clusterColour, clusterHasDot } from "./cluster-mark";
export { CodeBlock, CopyButton } from "./code-block";
export { ConfirmDialog } from "./confirm-dialog";
export { cx } from "./cx";
export { Dialog } from "./dialog";
export { isEmail } from "./email";
export { EmailField } from "./email-field";
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
export { Marked } from "./marked";
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
export { FormProblem, Notice } from "./notice";
export { OnceShown } from "./once-shown";
export { Progress, Spinner } from "./progress";
export { SelectField } from "./select-field";
export { Facts, PanelSection, SidePanel } from "./side-panel";
export { LinesSkeleton, Skeleton, TableSkeleton, Waiting } from "./skeleton";
export { EmptyState, ErrorState, LoadingState } from "./states";
export { Table, type Column } from "./table";
export { Segments, Tabs } from "./tabs";
export { RelativeTime, useNow } from "./time";
export { TooltipProvider } from "./tooltip";
