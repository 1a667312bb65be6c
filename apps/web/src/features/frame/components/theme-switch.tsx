"use client";

import { Contrast, Moon, Sun } from "lucide-react";
import { useState } from "react";
import { IconButton } from "../../../ui";
import { nextTheme, themeCookie, type Theme } from "../model/theme";

const icons = { system: <Contrast size={16} />, light: <Sun size={16} />, dark: <Moon size={16} /> };

/** Colours the page; the server reads the cookie, so that the next page is painted right at once. */
export function applyTheme(theme: Theme): void {
  document.documentElement.dataset["theme"] = theme;
  document.cookie = `${themeCookie}=${theme}; Path=/; Max-Age=31536000; SameSite=Lax`;
}

/** Turns from the system's theme to light to dark. */
export function ThemeSwitch({ initial }: { readonly initial: Theme }) {
  const [theme, setTheme] = useState(initial);
  const following = nextTheme(theme);
  return (
    <IconButton
      label={`Theme: ${theme}. Change to ${following}`}
      onClick={() => {
        applyTheme(following);
        setTheme(following);
      }}
    >
      {icons[theme]}
    </IconButton>
  );
}
