import type { ActionFacts } from '../../db/admin-actions.ts';

/** What a handler reports of the admin action that it carries out. */
export interface Trail {
  /**
   * Writes down what the action is about, and how that was, before it is changed.
   *
   * @throws an outage of Postgres: then nothing must be changed
   */
  note(facts: Omit<ActionFacts, 'after'>): Promise<void>;
  /** Keeps what it is about afterwards; it is written down with the outcome. */
  changed(after: object): void;
}
