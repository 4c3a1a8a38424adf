import type { Caller } from './keys.ts';

/**
 * What goes wrong with a call. `error-*`: a 500, without (`before`) or with (`after`) the effect.
 * `hang-*`: no answer until the client gives up. `reset`: the connection breaks, no effect.
 */
export type Fault =
  | 'none'
  | 'error-before'
  | 'error-after'
  | 'hang-before'
  | 'hang-after'
  | 'reset';

export interface Call {
  readonly method: string;
  readonly path: string;
  readonly by: Caller;
}

/** Faults that a test injects. */
export class Faults {
  /** Evaluated for every authorized call. */
  onCall: (call: Call) => Fault = () => 'none';
  /** Stripe is unavailable to the seller: calls with a secret key get no answer. */
  down = false;

  faultOf(call: Call): Fault {
    return this.down && call.by === 'secret' ? 'reset' : this.onCall(call);
  }
}
