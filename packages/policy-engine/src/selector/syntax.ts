/**
 * The selector language without its meaning: lexer, parser and syntax tree. The sandbox's dataplane reads selectors
 * with this file and evaluates them by itself, so nothing here may import evaluation.
 */
export type { Diagnostic, FieldPath, Severity, Span } from "../diagnostic";
export type { CompareOperator, SelectorNode } from "./ast";
export { tokenize, type Tokens } from "./lexer";
export { parseSelector } from "./parser";
export type { Token, TokenKind } from "./token";
