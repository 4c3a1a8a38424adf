import type { ColumnType } from 'kysely';
import type { LogCounts } from '../domain/log-counts.ts';
import type { Count, Moment } from './columns.ts';

/** The tables of the public logs. */
export interface PublicLogTables {
  public_logs: {
    sale_id: string;
    number: Count;
    seq: Count;
    size: Count;
    peaks: ColumnType<Buffer, Buffer | undefined, Buffer>;
    counts: ColumnType<LogCounts, string, string>;
    line_number: Count;
    /** The largest size that was ever about to be signed. */
    signed_size: Count;
    checkpoint: string | null;
    checkpoint_size: Count;
    checkpoint_counts: ColumnType<LogCounts | null, string | null | undefined, string | null>;
    checkpoint_line_number: number | null;
    /** When to ask the witnesses again that did not cosign the checkpoint. */
    cosign_at: Date | null;
  };
  public_log_leaves: {
    sale_id: string;
    number: number;
    index: number;
    seq: number;
    hash: Buffer;
    leaf: Buffer;
  };
  public_log_nodes: {
    sale_id: string;
    number: number;
    level: number;
    index: number;
    hash: Buffer;
  };
  public_log_cursors: {
    shard: number;
    seq: number;
  };
  log_keys: {
    vkey: string;
    used_at: Moment;
  };
}
