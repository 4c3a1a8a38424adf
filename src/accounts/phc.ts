/** An Argon2id hash with what it was made with: memory in KiB. */
export interface Phc {
  readonly memory: number;
  readonly passes: number;
  readonly parallelism: number;
  readonly salt: Buffer;
  readonly tag: Buffer;
}

/** Version 1.3 of Argon2, the only one that Node implements. */
const PATTERN =
  /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([A-Za-z0-9+/]{11,})\$([A-Za-z0-9+/]{16,})$/;

const unpadded = (bytes: Buffer) => bytes.toString('base64').replaceAll('=', '');

/** The hash as a string in the PHC format, which every library of Argon2 reads. */
export function formatPhc({ memory, passes, parallelism, salt, tag }: Phc): string {
  const parameters = `m=${memory},t=${passes},p=${parallelism}`;
  return `$argon2id$v=19$${parameters}$${unpadded(salt)}$${unpadded(tag)}`;
}

/** @throws Error when the text is not an Argon2id hash; the message does not contain the text */
export function parsePhc(text: string): Phc {
  const [, memory, passes, parallelism, salt, tag] = PATTERN.exec(text) ?? [];
  if (salt === undefined || tag === undefined) throw new Error('This is not an Argon2id hash.');
  return {
    memory: Number(memory),
    passes: Number(passes),
    parallelism: Number(parallelism),
    salt: Buffer.from(salt, 'base64'),
    tag: Buffer.from(tag, 'base64'),
  };
}
