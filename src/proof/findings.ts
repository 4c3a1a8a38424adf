/** What can be wrong with a public log, by name. */
export const FINDINGS = {
  checkpoint_malformed: 'The checkpoint is not of the form it must have',
  signature_wrong: 'The checkpoint is not signed by the key of the shop',
  origin_wrong: 'The checkpoint, or the receipt, is of another log',
  log_incomplete: 'A part of the log that the checkpoint covers is not there',
  tile_changed: 'A tile of hashes is not that of the entries',
  root_wrong:
    'The entries are not those that the checkpoint covers: one was changed, dropped or moved',
  leaf_malformed: 'An entry is not of the form it must have',
  outcome_wrong: 'An entry contradicts the rules of the sale',
  line_broken: 'Tickets are missing, or not in the order of the line',
  split_view: 'The log does not continue a checkpoint that was kept: there are two of them',
  counts_wrong: 'The counts are not those of the entries',
  promise_malformed: 'The receipt has no promise of the form it must have',
  promise_unsigned: 'The promise is not signed by the key of the shop',
  promise_broken: 'The ticket that was promised a place is not in the log',
  promise_moved: 'The ticket is in the log with another place or time than was promised',
  inclusion_wrong: 'The inclusion proof in the receipt does not lead to its checkpoint',
} as const;

export type FindingName = keyof typeof FINDINGS;

/** Something that is wrong. */
export interface Finding {
  readonly name: FindingName;
  /** Where, in plain words: which entry, tile or ticket. */
  readonly where: string;
}
