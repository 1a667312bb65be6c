/** How the page is coloured: by the system's wish unless the person says otherwise. */
export type Theme = "system" | "light" | "dark";

/** The cookie that the server reads, so that the first paint has the right colours. */
export const themeCookie = "isthmus_theme";

/** Reads a cookie's value; anything else is "system". */
export const parseTheme = (text: string | undefined): Theme => (text === "light" || text === "dark" ? text : "system");

/** The theme after this one when the switch is pressed. */
export const nextTheme = (theme: Theme): Theme =>
  theme === "system" ? "light" : theme === "light" ? "dark" : "system";
