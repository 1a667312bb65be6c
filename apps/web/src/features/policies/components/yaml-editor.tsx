"use client";

import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { yaml } from "@codemirror/lang-yaml";
import { HighlightStyle, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { lintGutter, lintKeymap, setDiagnostics, type Diagnostic } from "@codemirror/lint";
import { EditorState } from "@codemirror/state";
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { useEffect, useRef } from "react";
import type { EditorDiagnostic } from "../model/policy-yaml";

const look = EditorView.theme({
  "&": { backgroundColor: "var(--bg)", color: "var(--text)", fontSize: "12px", height: "100%" },
  "&.cm-focused": { outline: "2px solid var(--accent)", outlineOffset: "-2px" },
  ".cm-scroller": { fontFamily: "var(--font-mono)", lineHeight: "20px", letterSpacing: "-0.01em" },
  ".cm-content": { padding: "8px 0", caretColor: "var(--text)" },
  ".cm-gutters": { backgroundColor: "transparent", color: "var(--muted)", border: "0", fontSize: "11px" },
  ".cm-activeLine": { backgroundColor: "color-mix(in srgb, var(--text) 3%, transparent)" },
  ".cm-cursor": { borderLeftColor: "var(--text)" },
  "&.cm-focused .cm-selectionBackground, .cm-selectionBackground": {
    backgroundColor: "color-mix(in srgb, var(--accent) 22%, transparent) !important",
  },
  ".cm-lintRange-error, .cm-lintRange-warning": {
    backgroundImage: "none",
    textDecoration: "underline wavy var(--text) 1px",
    textUnderlineOffset: "3px",
  },
  ".cm-lintRange-warning": { textDecorationColor: "var(--muted)" },
  ".cm-tooltip": {
    backgroundColor: "var(--surface)",
    border: "0",
    borderRadius: "6px",
    boxShadow: "var(--shadow-float, 0 8px 24px var(--float), 0 0 0 1px var(--line))",
    color: "var(--text)",
  },
  ".cm-diagnostic": {
    border: "0",
    padding: "6px 8px",
    fontFamily: "var(--font-sans)",
    fontSize: "12px",
    lineHeight: "16px",
    maxWidth: "420px",
  },
  ".cm-diagnostic-hint": { display: "block", color: "var(--muted)" },
  ".cm-lint-marker": { width: "10px", height: "10px" },
  ".cm-lint-marker-error, .cm-lint-marker-warning": {
    content: "none",
    backgroundColor: "var(--text)",
    clipPath: "polygon(50% 5%, 100% 95%, 0 95%)",
    marginTop: "5px",
  },
});

const colours = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: "var(--muted)" },
  { tag: [tags.string, tags.content, tags.attributeValue], color: "var(--text)" },
  { tag: [tags.number, tags.bool, tags.null, tags.keyword], color: "var(--accent)" },
  { tag: tags.comment, color: "var(--muted)", fontStyle: "italic" },
  { tag: [tags.punctuation, tags.separator, tags.squareBracket, tags.brace], color: "var(--muted)" },
]);

function message({ message: text, hint }: EditorDiagnostic): () => Node {
  return () => {
    const box = document.createElement("span");
    box.append(text);
    if (hint !== undefined) {
      const second = document.createElement("span");
      second.className = "cm-diagnostic-hint";
      second.append(hint);
      box.append(second);
    }
    return box;
  };
}

const toLint = (diagnostic: EditorDiagnostic, length: number): Diagnostic => ({
  from: Math.min(diagnostic.from, length),
  to: Math.min(diagnostic.to, length),
  severity: diagnostic.severity,
  message: diagnostic.message,
  renderMessage: message(diagnostic),
});

export interface YamlEditorProps {
  readonly label: string;
  readonly value: string;
  readonly onChange?: (text: string) => void;
  readonly diagnostics?: readonly EditorDiagnostic[];
  /** Where to put the cursor, and a count that makes the same place a new wish. */
  readonly goTo?: { readonly offset: number; readonly count: number };
}

/** YAML with mistakes marked in place. Tab indents; Escape then Tab leaves. Without `onChange` it is read only. */
export function YamlEditor({ label, value, onChange, diagnostics = [], goTo }: YamlEditorProps) {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(undefined);
  const changed = useRef(onChange);
  const first = useRef(value);
  const editable = onChange !== undefined;
  useEffect(() => {
    changed.current = onChange;
  });
  useEffect(() => {
    if (host.current === null) return;
    const editor = new EditorView({
      parent: host.current,
      state: EditorState.create({
        doc: first.current,
        extensions: extensions(label, editable, (text) => changed.current?.(text)),
      }),
    });
    view.current = editor;
    return () => editor.destroy();
  }, [label, editable]);
  useEffect(() => {
    const editor = view.current;
    if (editor === undefined || editor.state.doc.toString() === value) return;
    editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: value } });
  }, [value]);
  useEffect(() => {
    const editor = view.current;
    if (editor === undefined) return;
    editor.dispatch(
      setDiagnostics(
        editor.state,
        diagnostics.map((each) => toLint(each, editor.state.doc.length)),
      ),
    );
  }, [diagnostics]);
  useEffect(() => {
    const editor = view.current;
    if (editor === undefined || goTo === undefined) return;
    const anchor = Math.min(goTo.offset, editor.state.doc.length);
    editor.dispatch({ selection: { anchor }, effects: EditorView.scrollIntoView(anchor, { y: "center" }) });
    editor.focus();
  }, [goTo]);
  return <div ref={host} className="h-full min-h-0 overflow-hidden" />;
}

function extensions(label: string, editable: boolean, onText: (text: string) => void) {
  return [
    lineNumbers(),
    yaml(),
    syntaxHighlighting(colours),
    look,
    indentUnit.of("  "),
    drawSelection(),
    EditorView.contentAttributes.of({ "aria-label": label }),
    keymap.of([...defaultKeymap, ...historyKeymap, ...lintKeymap, ...(editable ? [indentWithTab] : [])]),
    ...(editable
      ? [
          history(),
          highlightActiveLine(),
          lintGutter(),
          EditorView.updateListener.of((update) => update.docChanged && onText(update.state.doc.toString())),
        ]
      : [EditorState.readOnly.of(true)]),
  ];
}
