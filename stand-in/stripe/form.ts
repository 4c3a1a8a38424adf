import { badParam } from './stripe-errors.ts';

/** The parameters of a call in Stripe's encoding: `metadata[orderId]=7&types[]=charge.*`. */
export class Form {
  readonly #fields: ReadonlyArray<readonly [name: string, value: string]>;

  /** @param text a form-encoded body, or a query without its question mark */
  constructor(text: string) {
    this.#fields = [...new URLSearchParams(text)];
  }

  /** The value of a field by its full name, such as `created[gte]`; the last one wins. */
  text(name: string): string | undefined {
    return this.#fields.findLast(([field]) => field === name)?.[1];
  }

  /** @throws StripeFailure when it is missing or empty */
  required(name: string): string {
    const value = this.text(name);
    if (value) return value;
    throw badParam(name, `Missing required param: ${name}.`, 'parameter_missing');
  }

  /** @throws StripeFailure when it is present and not an integer of at least `min` */
  integer(name: string, min: number, max = Number.MAX_SAFE_INTEGER): number | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    const code = 'parameter_invalid_integer';
    if (!/^-?\d{1,15}$/.test(value)) throw badParam(name, `Invalid integer: ${value}`, code);
    const number = Number(value);
    if (number < min) {
      throw badParam(name, `This value must be greater than or equal to ${min}.`, code);
    }
    if (number > max)
      throw badParam(name, `This value must be less than or equal to ${max}.`, code);
    return number;
  }

  /** @throws StripeFailure when it is present and neither `true` nor `false` */
  flag(name: string): boolean | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    if (value === 'true') return true;
    if (value === 'false') return false;
    throw badParam(name, `Invalid boolean: ${value}`);
  }

  /** All values of a list: `types[]=a&types[]=b` or `types[0]=a&types[1]=b`. */
  list(name: string): string[] {
    const item = new RegExp(`^${name}\\[\\d*\\]$`);
    return this.#fields.filter(([field]) => item.test(field)).map(([, value]) => value);
  }

  /** The members of `name[…]`, one level deep. */
  members(name: string): Array<readonly [key: string, value: string]> {
    const start = `${name}[`;
    return this.#fields
      .filter(([field]) => field.startsWith(start) && field.endsWith(']'))
      .map(([field, value]) => [field.slice(start.length, -1), value] as const);
  }

  /** @throws StripeFailure when a field is present that is not in `names` (without brackets) */
  only(names: readonly string[]): void {
    for (const [field] of this.#fields) {
      const root = field.replace(/\[.*$/s, '');
      // `key` identifies a browser; everything may be expanded.
      if (root === 'key' || root === 'expand' || names.includes(root)) continue;
      throw badParam(field, `Received unknown parameter: ${field}`, 'parameter_unknown');
    }
  }

  /** The same text for equal parameters in any order; the API key is left out. */
  fingerprint(): string {
    const counted = this.#fields.filter(([field]) => field !== 'key');
    return JSON.stringify(counted.toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
  }
}
