/** Bytes of a buyer's name in UTF-8 at most: an index of Postgres takes 2,704 per row. */
const MAX_BYTES = 1_024;

/** Whether Redis, Lua and Postgres all store the name unchanged. */
export function isKeepable(buyer: unknown): buyer is string {
  return (
    typeof buyer === 'string' &&
    buyer.length > 0 &&
    Buffer.byteLength(buyer) <= MAX_BYTES &&
    buyer.isWellFormed() &&
    !/\p{Cc}/u.test(buyer)
  );
}
