/** Runs one function at a time across all tabs. */
export type RunExclusively = <T>(run: () => Promise<T>) => Promise<T>;

/**
 * Serializes across all tabs of this browser with the Web Locks API. Where that is missing (a page
 * served over plain HTTP), only this tab is serialized.
 */
export const runExclusively: RunExclusively = (run) => {
  const locks = (navigator as Partial<Navigator>).locks;
  return locks === undefined ? run() : locks.request('fairline.refresh', run);
};
