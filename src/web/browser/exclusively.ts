/** Runs one thing at a time over all tabs. */
export type Exclusively = <T>(run: () => Promise<T>) => Promise<T>;

/**
 * One at a time over all tabs of this browser, by the Web Locks API. Where there is none (a page
 * that came by plain http), only this tab keeps to it.
 */
export const inTurns: Exclusively = (run) => {
  const locks = (navigator as Partial<Navigator>).locks;
  return locks === undefined ? run() : locks.request('fairline.refresh', run);
};
