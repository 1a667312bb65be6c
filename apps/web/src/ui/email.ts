/** True for an address that mail can go to. */
export const isEmail = (text: string): boolean =>
  text.length <= 320 && /^[^\s@]+@[^\s@]+\.?[^\s@.]+$/.test(text.trim());
