import type { Entry } from '../domain/entry.ts';
import type { RedisClient } from './client.ts';
import type { EpochKeys, ShardKeys } from './keys.ts';
import { Script } from './script.ts';

type Value = string | number;

/** Reads one value of a reply; `rest` is what the reply has after it. */
type Reader = (value: Value | undefined, rest: readonly Value[]) => unknown;

/**
 * The statuses of a script, each with its values in the order of the reply: the RETURNS of the
 * script's header, in the same order (test/lua/statuses.test.ts).
 */
export type ReplyTable = Readonly<Record<string, Readonly<Record<string, Reader>>>>;

/** What every reply has. `seq` is the journal entry that the operation made, now or earlier. */
export interface AnyReply {
  readonly status: string;
  readonly seq?: number;
}

/** The replies of a table, as a union discriminated by `status`. */
export type ReplyOf<T extends ReplyTable> = {
  [S in keyof T & string]: { readonly status: S } & {
    readonly [Name in keyof T[S]]: ReturnType<T[S][Name]>;
  };
}[keyof T & string];

/** The replies of an operation. */
export type ReplyTo<O> = O extends Operation<never, infer R> ? R : never;

/**
 * What an operation needs of a sale that is archived: its claims, its tickets too, or that it was
 * open, which it is not.
 */
export type Need = 'claims' | 'tickets' | 'open';

/** What one script of lua/ does to a shard, atomically. */
export interface Operation<Args, R extends AnyReply> {
  readonly script: Script;
  readonly needs: Need;
  readonly replies: ReplyTable;
  /**
   * Runs the script once, in the given epoch. The line uses {@link Shard.run} and {@link
   * Shard.change}, which handle STALE_EPOCH and NOT_LOADED.
   *
   * @throws Error for a reply that the table does not name
   * @throws the connection's error while Redis is unavailable
   */
  readonly run: (redis: RedisClient, keys: ShardKeys, epoch: number, args: Args) => Promise<R>;
}

/** An operation that journals at most one entry. */
export interface Change<Args, R extends AnyReply> extends Operation<Args, R> {
  /** Statuses that mean that the same change was made before: it may not be public yet. */
  readonly earlier: readonly string[];
  /** Whether an entry is the one that the change makes, or made earlier. */
  readonly isEntry: (entry: Entry, args: Args) => boolean;
}

interface OperationSpec<Args, T extends ReplyTable> {
  /** KEYS from 2 on: KEYS[1] is the shard's epoch. */
  readonly keys: (at: EpochKeys, args: Args, shard: ShardKeys) => readonly string[];
  /** ARGV from 2 on: ARGV[1] is the epoch that the caller knows. */
  readonly args: (args: Args, epoch: number) => readonly Value[];
  /** `claims` when omitted. */
  readonly needs?: Need;
  readonly replies: T;
}

interface ChangeSpec<Args, T extends ReplyTable> extends OperationSpec<Args, T> {
  readonly earlier: readonly NoInfer<keyof T & string>[];
  readonly isEntry: (entry: Entry, args: Args) => boolean;
}

/** Describes what lua/`name`.lua does. */
export function operation<Args, const T extends ReplyTable>(
  name: string,
  spec: OperationSpec<Args, T>,
): Operation<Args, ReplyOf<T>> {
  const script = new Script(name);
  const { needs = 'claims', replies } = spec;
  return {
    script,
    needs,
    replies,
    async run(redis, keys, epoch, args) {
      const reply = await script.run(
        redis,
        [keys.epoch, ...spec.keys(keys.at(epoch), args, keys)],
        [epoch, ...spec.args(args, epoch)],
      );
      const [status, ...values] = reply;
      const readers = Object.hasOwn(replies, status) ? replies[status] : undefined;
      if (readers === undefined) throw script.unknown(reply);
      const fields = Object.entries(readers).map(([field, read], i) => [
        field,
        read(values[i], values.slice(i + 1)),
      ]);
      return { status, ...Object.fromEntries(fields) };
    },
  };
}

/** Describes the change that lua/`name`.lua makes. */
export function change<Args, const T extends ReplyTable>(
  name: string,
  spec: ChangeSpec<Args, T>,
): Change<Args, ReplyOf<T>> {
  const { earlier, isEntry } = spec;
  return { ...operation(name, spec), earlier, isEntry };
}
