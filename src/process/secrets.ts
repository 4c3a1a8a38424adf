import { readFileSync } from 'node:fs';

/** The settings that are secrets, or contain one. */
const SECRETS: ReadonlySet<string> = new Set([
  'ADMIN_PASSWORD',
  'AUTH_JWT_SECRET',
  'AUTH_JWT_SECRET_PREVIOUS',
  'DATABASE_APP_URL',
  'DATABASE_URL',
  'LOG_SIGNING_KEY',
  'METRICS_TOKEN',
  'REDIS_URL',
  'SMTP_URL',
  'STRIPE_SECRET_KEY',
  'STRIPE_WEBHOOK_SECRET',
]);

/** 32 random bytes have more, also as hex: by chance fewer than one time in ten million. */
const DIFFERENT_BYTES_MIN = 8;

/** What is wrong with a setting. */
export interface SettingProblem {
  readonly name: string;
  readonly message: string;
}

/**
 * Reads secrets from files: `NAME_FILE` is the path of a file with the value of `NAME`, as
 * orchestrators hand secrets over. A line end behind the value does not belong to it. An empty
 * variable counts as missing.
 *
 * @param names the settings that are wanted, all secrets when left out; others have no file
 * @returns the environment with them instead of their files, and what is wrong: a file that cannot
 *   be read or is empty, or both a variable and a file
 */
export function readSecretFiles(
  env: NodeJS.ProcessEnv,
  names: readonly string[] = [...SECRETS],
): { readonly env: NodeJS.ProcessEnv; readonly problems: readonly SettingProblem[] } {
  const whole = { ...env };
  const problems: SettingProblem[] = [];
  for (const name of names.filter((one) => SECRETS.has(one))) {
    const file = env[`${name}_FILE`];
    if (!file) continue;
    if (env[name]) {
      problems.push({ name, message: `is set, and ${name}_FILE too: set one of them` });
      continue;
    }
    try {
      whole[name] = readFileSync(file, 'utf8').replace(/\r?\n$/, '');
      delete whole[`${name}_FILE`];
      if (whole[name] === '') problems.push({ name, message: `the file ${file} is empty` });
    } catch (error) {
      const { code = 'no file' } = error as NodeJS.ErrnoException; // fs throws nothing else
      problems.push({ name, message: `the file ${file} cannot be read (${code})` });
    }
  }
  return { env: whole, problems };
}

/**
 * Whether a secret was certainly not made by chance: it has few different bytes, or repeats a
 * pattern from its beginning to its end.
 */
export function isWeakSecret(secret: string): boolean {
  const bytes = Buffer.from(secret);
  return new Set(bytes).size < DIFFERENT_BYTES_MIN || isRepeated(bytes);
}

/** Whether bytes are a pattern twice or more often; the last time it may end early. */
function isRepeated(bytes: Buffer): boolean {
  for (let length = 1; length <= bytes.length / 2; length++) {
    if (bytes.subarray(length).equals(bytes.subarray(0, -length))) return true;
  }
  return false;
}
