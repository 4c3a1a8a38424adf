import type { ActionFacts } from '../../db/admin-actions.ts';

/** How a handler reports the admin action that it performs. */
export interface Trail {
  /**
   * Records the action's object and its state before the change.
   *
   * @throws on an outage of Postgres: then nothing may be changed
   */
  note(facts: Omit<ActionFacts, 'after'>): Promise<void>;
  /** Keeps the state after the change; it is recorded with the outcome. */
  changed(after: object): void;
}
