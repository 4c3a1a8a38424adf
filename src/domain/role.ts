/** What a person may do: buy, or manage sales too. */
export const ROLES = ['buyer', 'admin'] as const;
export type Role = (typeof ROLES)[number];
