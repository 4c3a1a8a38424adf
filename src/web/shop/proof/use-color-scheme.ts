import { useSyncExternalStore } from 'react';

const DARK = '(prefers-color-scheme: dark)';

/** The colours that the user prefers now. */
export function useColorScheme(): 'light' | 'dark' {
  return useSyncExternalStore(watchScheme, readScheme);
}

function watchScheme(onChange: () => void): () => void {
  const query = window.matchMedia(DARK);
  query.addEventListener('change', onChange);
  return () => query.removeEventListener('change', onChange);
}

function readScheme(): 'light' | 'dark' {
  return window.matchMedia(DARK).matches ? 'dark' : 'light';
}
