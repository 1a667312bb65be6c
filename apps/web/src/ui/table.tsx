"use client";

import { useVirtualizer } from "@tanstack/react-virtual";
import { ArrowDown, ArrowUp } from "lucide-react";
import { Fragment, useCallback, useEffect, useRef, type KeyboardEvent, type ReactNode } from "react";
import { cx } from "./cx";

/** One column of a table. Give every column but one a width in px; the rest of the room goes to that one. */
export interface Column<Row> {
  readonly id: string;
  readonly title: ReactNode;
  readonly cell: (row: Row) => ReactNode;
  readonly width?: number;
  readonly align?: "left" | "right";
  /** The text that Y copies from this cell; without it the cell is not copied. */
  readonly copy?: (row: Row) => string;
  readonly sort?: { readonly direction: "ascending" | "descending" | "none"; readonly onSort: () => void };
}

export interface TableProps<Row> {
  /** Names the table for those who cannot see it. */
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly rowKey: (row: Row) => string;
  readonly selectedKey?: string | undefined;
  readonly onSelect?: (row: Row) => void;
  /** Opened under its row, as wide as the table; rows that may open say so with `expandedKey`. */
  readonly expandedKey?: string | undefined;
  readonly renderExpanded?: (row: Row) => ReactNode;
  readonly rowClass?: (row: Row) => string | undefined;
  /** 28 for one line, 46 for two. */
  readonly rowHeight?: number;
  /** Column whose cell Y copies; the first with `copy` when left out. */
  readonly copyColumn?: string;
  readonly empty?: ReactNode;
  /** Called when the last rows come into view. */
  readonly onEnd?: () => void;
  /** Called with true while the newest row is in view. */
  readonly onAtTop?: (atTop: boolean) => void;
  readonly className?: string;
  /** The table scrolls sideways below this width. */
  readonly minWidth?: number;
}

const virtualFrom = 100;

/**
 * A table with sticky header and keyboard rows: J, K or arrows move, Enter opens, Y copies, Home and End jump.
 * Rows are virtualised from 100 on, and the place is kept when rows are added above.
 */
export function Table<Row>(props: TableProps<Row>) {
  const { columns, rows, rowKey, rowHeight = 28, minWidth, onAtTop, onEnd } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = rows.length > virtualFrom;
  // oxlint-disable-next-line react/incompatible-library -- no compiler memoises this component
  const virtualizer = useVirtualizer({
    count: rows.length,
    enabled: virtual,
    getScrollElement: () => scroller.current,
    getItemKey: (index) => keyAt(rows, index, rowKey),
    estimateSize: () => rowHeight,
    overscan: 12,
    scrollPaddingStart: 28,
  });
  useKeptPlace(scroller, rows, { rowKey, rowHeight });
  const move = useRowKeys(props, (index) => {
    if (virtual) virtualizer.scrollToIndex(index);
    requestAnimationFrame(() => focusRow(scroller.current, index));
  });
  const items = virtualizer.getVirtualItems();
  const first = items[0];
  const last = items.at(-1);
  // What no row lets in by the keyboard is scrolled by itself.
  const scrolls = minWidth !== undefined && (props.onSelect === undefined || rows.length === 0);
  const shown = virtual ? items.map((item) => item.index) : rows.map((_, index) => index);
  return (
    <div
      ref={scroller}
      data-scroller
      role="presentation"
      {...(scrolls ? { role: "group", "aria-label": props.label, tabIndex: 0 } : {})}
      onKeyDown={move}
      onScroll={(event) => {
        const box = event.currentTarget;
        onAtTop?.(box.scrollTop < rowHeight);
        if (box.scrollHeight - box.scrollTop - box.clientHeight < rowHeight * 8) onEnd?.();
      }}
      className={cx("min-h-0 flex-1 overflow-auto bg-surface", props.className)}
    >
      <table
        // Rows that open under themselves have that state in a treegrid alone.
        role={props.renderExpanded === undefined ? undefined : "treegrid"}
        aria-label={props.label}
        aria-rowcount={rows.length}
        className="w-full table-fixed border-separate border-spacing-0 text-table"
        style={{ minWidth }}
      >
        <colgroup>
          {columns.map((column) => (
            <col key={column.id} style={{ width: column.width }} />
          ))}
        </colgroup>
        <Head columns={columns} />
        <tbody>
          {virtual && first !== undefined ? <Spacer height={first.start} span={columns.length} /> : null}
          {shown.map((index) => {
            const row = rows[index];
            return row === undefined ? null : (
              <Line
                key={rowKey(row)}
                table={props}
                row={row}
                index={index}
                measure={virtual ? virtualizer.measureElement : undefined}
              />
            );
          })}
          {virtual && last !== undefined ? (
            <Spacer height={virtualizer.getTotalSize() - last.end} span={columns.length} />
          ) : null}
        </tbody>
      </table>
      {rows.length === 0 ? props.empty : null}
    </div>
  );
}

const keyAt = <Row,>(rows: readonly Row[], index: number, rowKey: (row: Row) => string) => {
  const row = rows[index];
  return row === undefined ? index : rowKey(row);
};

function Head<Row>({ columns }: { readonly columns: readonly Column<Row>[] }) {
  return (
    <thead>
      <tr>
        {columns.map((column) => (
          <th
            key={column.id}
            scope="col"
            aria-sort={column.sort?.direction}
            className={cx(
              "sticky top-0 z-10 h-7 border-b border-line bg-surface px-2 font-medium whitespace-nowrap text-muted first:pl-4 last:pr-4",
              column.align === "right" ? "text-right" : "text-left",
            )}
          >
            {column.sort === undefined ? (
              column.title
            ) : (
              <button
                type="button"
                onClick={column.sort.onSort}
                className="inline-flex items-center gap-1 hover:text-text"
              >
                {column.title}
                {column.sort.direction === "descending" ? <ArrowDown size={12} aria-hidden /> : null}
                {column.sort.direction === "ascending" ? <ArrowUp size={12} aria-hidden /> : null}
              </button>
            )}
          </th>
        ))}
      </tr>
    </thead>
  );
}

interface LineProps<Row> {
  readonly table: TableProps<Row>;
  readonly row: Row;
  readonly index: number;
  readonly measure: ((element: Element | null) => void) | undefined;
}

function Line<Row>({ table, row, index, measure }: LineProps<Row>) {
  const { columns, rowKey, rowHeight = 28, selectedKey, expandedKey, onSelect, renderExpanded, rowClass } = table;
  const key = rowKey(row);
  const selected = key === selectedKey || key === expandedKey;
  return (
    <Fragment>
      <tr
        ref={measure}
        data-index={index}
        data-row={index}
        data-key={key}
        tabIndex={onSelect === undefined ? undefined : index === 0 ? 0 : -1}
        aria-rowindex={index + 1}
        aria-selected={onSelect === undefined ? undefined : selected}
        aria-expanded={renderExpanded === undefined ? undefined : key === expandedKey}
        onClick={onSelect === undefined ? undefined : () => onSelect(row)}
        className={cx("group", onSelect !== undefined && "cursor-default", rowClass?.(row))}
      >
        {columns.map((column) => (
          <td
            key={column.id}
            style={{ height: rowHeight }}
            className={cx(
              "truncate border-b border-line px-2 first:pl-4 last:pr-4",
              column.align === "right" && "text-right",
              selected ? "bg-wash-accent" : "group-hover:bg-wash",
              rowHeight > 40 && "py-1.5 align-top",
            )}
          >
            {column.cell(row)}
          </td>
        ))}
      </tr>
      {key === expandedKey && renderExpanded !== undefined ? (
        <tr>
          <td colSpan={columns.length} className="border-b border-line bg-bg p-0">
            {renderExpanded(row)}
          </td>
        </tr>
      ) : null}
    </Fragment>
  );
}

const Spacer = ({ height, span }: { readonly height: number; readonly span: number }) =>
  height <= 0 ? null : (
    <tr aria-hidden>
      {/* oxlint-disable-next-line jsx-a11y/control-has-associated-label -- holds the place of rows that are not drawn */}
      <td colSpan={span} style={{ height, padding: 0 }} />
    </tr>
  );

const focusRow = (box: HTMLElement | null, index: number) =>
  box?.querySelector<HTMLElement>(`tr[data-row="${index}"]`)?.focus();

const steps: Readonly<Record<string, number>> = {
  j: 1,
  ArrowDown: 1,
  k: -1,
  ArrowUp: -1,
  Home: -Infinity,
  End: Infinity,
  PageDown: 12,
  PageUp: -12,
};

function useRowKeys<Row>(table: TableProps<Row>, goTo: (index: number) => void) {
  return (event: KeyboardEvent<HTMLElement>) => {
    if (event.metaKey || event.ctrlKey || event.altKey || !(event.target instanceof HTMLElement)) return;
    const line = event.target.closest<HTMLElement>("tr[data-row]");
    if (line === null || event.target !== line) return;
    const index = Number(line.dataset["row"]);
    const row = table.rows[index];
    const step = steps[event.key];
    if (step !== undefined) {
      event.preventDefault();
      goTo(Math.min(table.rows.length - 1, Math.max(0, index + step)));
    } else if (row !== undefined && event.key === "Enter" && table.onSelect !== undefined) {
      event.preventDefault();
      table.onSelect(row);
    } else if (row !== undefined && event.key === "y") {
      const column = table.columns.find((each) =>
        table.copyColumn === undefined ? each.copy !== undefined : each.id === table.copyColumn,
      );
      if (column?.copy !== undefined) void navigator.clipboard.writeText(column.copy(row));
    }
  };
}

interface KeptPlace<Row> {
  readonly rowKey: (row: Row) => string;
  readonly rowHeight: number;
}

/** Rows added above the place that is being read push nothing down: the scroll moves with them. */
function useKeptPlace<Row>(
  scroller: { readonly current: HTMLDivElement | null },
  rows: readonly Row[],
  { rowKey, rowHeight }: KeptPlace<Row>,
) {
  const before = useRef<string | undefined>(undefined);
  const find = useCallback((key: string) => rows.findIndex((row) => rowKey(row) === key), [rows, rowKey]);
  const top = rows[0];
  useEffect(() => {
    const box = scroller.current;
    const previous = before.current;
    before.current = top === undefined ? undefined : rowKey(top);
    if (box === null || previous === undefined || box.scrollTop < rowHeight) return;
    const added = find(previous);
    if (added > 0) box.scrollBy({ top: added * rowHeight });
  }, [scroller, top, find, rowKey, rowHeight]);
}
