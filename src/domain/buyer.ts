/** Characters of a buyer's name at most. */
const MAX_LENGTH = 1_024;

/** Whether a name is one that Redis, Lua and Postgres all keep as it is. */
export function isKeepable(buyer: unknown): buyer is string {
  return (
    typeof buyer === 'string' &&
    buyer.length > 0 &&
    buyer.length <= MAX_LENGTH &&
    buyer.isWellFormed() &&
    !/\p{Cc}/u.test(buyer)
  );
}
