import { z } from 'zod';
import { parseVkey } from '../proof/note.ts';
import { isUrl } from './setting-kinds.ts';
import { parseSigningKey } from './signing-key.ts';

/** The key of the public logs; without it they are not published. */
export const logKey = {
  LOG_SIGNING_KEY: z
    .string()
    .refine(
      (text) => parseSigningKey(text) !== undefined,
      'must be a key of the form PRIVATE+KEY+name+id+key: npm run log-key -- NAME makes one',
    )
    .optional(),
};

/** Who cosigns checkpoints: `URL vkey` each, separated by commas. */
export const witnesses = z
  .string()
  .transform((text) => text.split(',').map((one) => one.trim().split(/\s+/)))
  .transform((list) =>
    list.map(([at = '', vkey = '', ...rest]) => {
      const key = rest.length === 0 ? parseVkey(vkey) : undefined;
      const isWitness = isUrl(at, ['http:', 'https:']) && key !== undefined;
      return isWitness ? { url: at.endsWith('/') ? at : `${at}/`, key } : undefined;
    }),
  )
  .refine(
    (list): list is Exclude<(typeof list)[number], undefined>[] => !list.includes(undefined),
    'must be URLs, each with the key of its witness: https://witness.example name+id+key, …',
  )
  .default([]);
