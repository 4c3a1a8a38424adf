import type { Role } from '../../domain/role.ts';

/** The identity that an access token names. */
export interface Identity {
  readonly buyer: string;
  readonly role: Role;
  /** The claim of the token, where it has one. */
  readonly email?: string | undefined;
  /** The one order it is for: the token comes from the link in a mail. */
  readonly order?: string | undefined;
}

/** An identity, and until when it is valid without verifying the token again. */
export interface Verified extends Identity {
  readonly untilMs: number;
}

/** The claim `email`, if it is an address. */
export function emailIn(claim: unknown): string | undefined {
  return typeof claim === 'string' && claim !== '' ? claim : undefined;
}
