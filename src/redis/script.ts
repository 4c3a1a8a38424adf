import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { RedisClient } from './client.ts';

const LUA = new URL('../../lua/', import.meta.url);

/** Reads a script of lua/ and inserts its `--- @include` fragments, each once. */
function readScript(name: string): string {
  const included = new Set<string>();
  const expand = (text: string): string =>
    text.replaceAll(/^--- @include (\S+)$/gm, (_, fragment: string) => {
      if (included.has(fragment)) return '';
      included.add(fragment);
      return expand(readFileSync(new URL(`${fragment}.lua`, LUA), 'utf8'));
    });
  return expand(readFileSync(new URL(`${name}.lua`, LUA), 'utf8'));
}

/** A reply of a script: an upper-case status and what belongs to it. */
export type Reply = readonly [status: string, ...values: (string | number)[]];

/** A script of lua/, run by its digest and sent in full only when Redis does not have it yet. */
export class Script {
  readonly name: string;
  readonly source: string;
  /** The digest by which Redis knows it. */
  readonly sha: string;

  constructor(name: string) {
    this.name = name;
    this.source = readScript(name);
    this.sha = createHash('sha1').update(this.source).digest('hex');
  }

  /** Runs the script. All keys it touches are in `keys` and on one node. */
  async run(
    redis: RedisClient,
    keys: readonly string[],
    args: readonly (string | number)[],
  ): Promise<Reply> {
    try {
      // ioredis types a reply as unknown; each script's header lists what it replies.
      return (await redis.evalsha(this.sha, keys.length, ...keys, ...args)) as unknown as Reply;
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
      // The same reply as above.
      return (await redis.eval(this.source, keys.length, ...keys, ...args)) as unknown as Reply;
    }
  }

  /** For an operation: a status that the script's RETURNS does not name. */
  unknown(reply: Reply): Error {
    return new Error(
      `${this.name}.lua answered ${JSON.stringify(reply)}, which its header does not name`,
    );
  }
}
