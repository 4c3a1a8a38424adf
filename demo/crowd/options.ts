import { parseArgs } from 'node:util';

/** The settings of a crowd. */
export interface CrowdOptions {
  readonly url: string;
  /** Id or name; undefined picks the open sale with the most units left. */
  readonly sale: string | undefined;
  readonly buyers: number;
  /** The period in which they arrive. */
  readonly seconds: number;
  /** Shares of the holders who pay, and who give the hold back. The rest let it expire. */
  readonly pay: number;
  readonly quit: number;
  /** How many bots, all for the same buyer. */
  readonly bots: number;
}

/** Upper bounds against accidents, on this machine or another. */
const MAX_BUYERS = 5_000;
const LOCAL = new Set(['localhost', '127.0.0.1', '[::1]']);

export const USAGE = `npm run crowd -- [options]
  --url URL       where Fairline is (http://localhost:3000)
  --sale SALE     id or name of a sale (the open one with most to give)
  --buyers N      how many come (500, at most ${MAX_BUYERS})
  --seconds N     in how many seconds (30)
  --pay SHARE     of those who hold something, how many pay (0.7)
  --quit SHARE    and how many give it back (0.1); the rest let it expire
  --bots N        how many hammer as one buyer (5)
  --allow-remote  also where it is not this machine
`;

/** @throws Error that names the wrong option */
export function readOptions(args: readonly string[]): CrowdOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      url: { type: 'string', default: 'http://localhost:3000' },
      sale: { type: 'string' },
      buyers: { type: 'string', default: '500' },
      seconds: { type: 'string', default: '30' },
      pay: { type: 'string', default: '0.7' },
      quit: { type: 'string', default: '0.1' },
      bots: { type: 'string', default: '5' },
      'allow-remote': { type: 'boolean', default: false },
    },
  });
  const url = URL.parse(values.url);
  if (url === null || !/^https?:$/.test(url.protocol)) throw new Error('--url must be a URL');
  if (!LOCAL.has(url.hostname) && !values['allow-remote']) {
    throw new Error(
      `${url.hostname} is another machine: pass --allow-remote to send a crowd there`,
    );
  }
  const options = {
    url: url.origin,
    sale: values.sale,
    buyers: readNumber('buyers', values.buyers, { min: 1, max: MAX_BUYERS, isWhole: true }),
    seconds: readNumber('seconds', values.seconds, { min: 0, max: 3_600, isWhole: false }),
    pay: readNumber('pay', values.pay, { min: 0, max: 1, isWhole: false }),
    quit: readNumber('quit', values.quit, { min: 0, max: 1, isWhole: false }),
    bots: readNumber('bots', values.bots, { min: 0, max: 100, isWhole: true }),
  };
  if (options.pay + options.quit > 1) throw new Error('--pay and --quit add up to more than 1');
  return options;
}

function readNumber(
  name: string,
  text: string,
  { min, max, isWhole }: { readonly min: number; readonly max: number; readonly isWhole: boolean },
): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (value >= min && value <= max && (!isWhole || Number.isInteger(value))) return value;
  throw new Error(`--${name} must be a ${isWhole ? 'whole ' : ''}number from ${min} to ${max}`);
}
