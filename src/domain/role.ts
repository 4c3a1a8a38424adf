/** What a person may do: buy, or look after sales too. */
export type Role = 'buyer' | 'admin';
