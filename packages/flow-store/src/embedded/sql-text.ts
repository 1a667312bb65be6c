/** Why a text is not run. */
export class RefusedSql extends Error {
  override readonly name = "RefusedSql";
}

/** What one request's text is, as far as serving it depends on that. */
export interface SqlText {
  /** One statement without a final semicolon. */
  readonly statement: string;
  /** Names of `{name:Type}` placeholders. */
  readonly placeholders: ReadonlySet<string>;
  /** True for statements that only read. */
  readonly reads: boolean;
}

// What the engine's lexer would treat as one piece: quoted texts with backslash escapes or doubled quotes, comments.
const quotedOrComment =
  /'(?:[^'\\]|\\[\s\S]|'')*'|"(?:[^"\\]|\\[\s\S]|"")*"|`(?:[^`\\]|\\[\s\S]|``)*`|--[^\n]*|\/\*[\s\S]*?\*\//g;
const reading = /^\s*(?:\(\s*)*(?:select|with|show|describe|desc|exists|explain)\b/i;

/**
 * Looks at a statement without running it. The engine runs every statement of a text, so a second one is refused; where
 * it is not certain that the engine sees the same quotes, the text is refused as well.
 */
export function readSql(text: string): SqlText {
  const bare = text.replace(quotedOrComment, (piece) => (piece.startsWith("'") ? "''" : " "));
  const trimmed = bare.replace(/[\s;]+$/, "");
  if (trimmed === "") throw new RefusedSql("Empty query");
  if (trimmed.includes(";")) throw new RefusedSql("Multi-statements are not allowed");
  if (/['"`]/.test(trimmed.replaceAll("''", ""))) throw new RefusedSql("A quote is not closed");
  if (/[‘’“”#]|\/\*|\$\w*\$/.test(trimmed)) {
    throw new RefusedSql("Typographic quotes, heredocs and comments with # are not served: use ' and --");
  }
  const names = [...trimmed.matchAll(/\{\s*([A-Za-z_]\w*)\s*:/g)].map(([, name]) => name ?? "");
  return { statement: text.replace(/[\s;]+$/, ""), placeholders: new Set(names), reads: reading.test(trimmed) };
}

/** Quotes a text as a literal. */
export function literal(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'").replaceAll("\0", "\\0")}'`;
}

/** An insert whose rows are the request's body. */
export interface RowInsert {
  readonly table: string;
  readonly columns: readonly string[] | undefined;
  readonly format: "JSONEachRow" | "JSONCompactEachRow";
}

const insertOfRows = /^\s*insert\s+into\s+(?:table\s+)?((?:\w+\.)?\w+)\s*(?:\(([\w\s,]+)\)\s*)?format\s+(\w+)\s*$/i;

/** Reads `INSERT INTO table (columns) FORMAT JSONEachRow`; undefined for every other statement. */
export function readRowInsert(text: string): RowInsert | undefined {
  const [, table, columns, format] = insertOfRows.exec(text) ?? [];
  if (table === undefined || format === undefined) return undefined;
  if (format !== "JSONEachRow" && format !== "JSONCompactEachRow") {
    throw new RefusedSql(`Rows in ${format} are not served: use JSONCompactEachRow or JSONEachRow`);
  }
  return { table, columns: columns?.split(",").map((column) => column.trim()), format };
}

/** An insert of a block of the Native format, which is the request's body. */
export interface BlockInsert {
  /** Up to where the block is read from. */
  readonly before: string;
  /** The structure as the statement quotes it. */
  readonly structure: string;
  readonly after: string;
}

const insertOfBlock =
  /^\s*(INSERT INTO (?:\w+\.)?\w+ \([\w, ]+\) SELECT [\w, ]+ FROM )input\(('(?:[^'\\]|\\['\\])*')\)( WHERE throwIf\(now64\(3\) >= fromUnixTimestamp64Milli\(\{deadline:Int64\}, 'UTC'\), '[\w ]*'\) = 0) FORMAT Native\s*$/;

/** Reads the statement that nativeInsertStatement makes; undefined for every other. */
export function readBlockInsert(text: string): BlockInsert | undefined {
  const [, before, structure, after] = insertOfBlock.exec(text) ?? [];
  return before === undefined || structure === undefined || after === undefined
    ? undefined
    : { before, structure, after };
}

/** Reads `KILL QUERY WHERE query_id = 'id' SYNC` and gives the id; undefined for every other statement. */
export function readEnd(text: string): string | undefined {
  return /^\s*KILL QUERY WHERE query_id = '([\w-]+)' SYNC\s*$/.exec(text)?.[1];
}
