// What only the browser knows: whether anybody looks at the page, and what time it is there.
export function watch(page) {
  const tell = () => page.invokeMethodAsync("Watch", !document.hidden);
  document.addEventListener("visibilitychange", tell);
  tell();
  return { stop: () => document.removeEventListener("visibilitychange", tell) };
}

export const utcOffset = () => -new Date().getTimezoneOffset();
