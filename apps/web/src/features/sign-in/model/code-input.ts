/** What was typed into the field of a second factor: the digits of an app, or a recovery code. */
export type SecondFactorKind = "totp" | "recovery";

const codeLength = 6;

/** The digits of a code however it was typed or pasted ("123 456", "123-456"), at most six. */
export const codeDigits = (text: string): string => text.replaceAll(/\D/g, "").slice(0, codeLength);

/** Whether a code from an app is whole. */
export const isWholeCode = (text: string): boolean => codeDigits(text).length === codeLength;

/** A recovery code as it is compared: without spaces, in lower case. */
export const cleanRecoveryCode = (text: string): string => text.replaceAll(/\s/g, "").toLowerCase();

/** A secret in groups of four, as people type it from one screen to another. */
export const inGroups = (secret: string): string => secret.match(/.{1,4}/g)?.join(" ") ?? "";
