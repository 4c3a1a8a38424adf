/** Some of the members of `T`; undefined ones count as missing. */
export type Some<T> = { readonly [K in keyof T]?: T[K] | undefined };

/**
 * Maps each member of `S` to its fields in another form `F`, and back. The type requires an entry
 * for every member, so none can be forgotten.
 */
export type Codec<S, F> = {
  readonly [K in keyof S]-?: {
    readonly to: (value: S[K]) => Partial<F>;
    /** Returns undefined when the form does not hold the member. */
    readonly from: (form: Some<F>) => S[K] | undefined;
  };
};

/** The fields of the members that are given: of all members, the whole form. */
export function encode<S extends object, F extends object>(codec: Codec<S, F>, members: S): F;
export function encode<S extends object, F extends object>(
  codec: Codec<S, F>,
  members: Some<S>,
): Partial<F>;
export function encode<S extends object, F extends object>(
  codec: Codec<S, F>,
  members: Some<S>,
): Partial<F> {
  const form: Partial<F> = {};
  for (const name of namesOf(codec)) {
    const value = members[name];
    if (value !== undefined) Object.assign(form, codec[name].to(value));
  }
  return form;
}

/** The members that a form holds: of the whole form, all of them. */
export function decode<S extends object, F extends object>(codec: Codec<S, F>, form: F): S;
export function decode<S extends object, F extends object>(
  codec: Codec<S, F>,
  form: Some<F>,
): Partial<S>;
export function decode<S extends object, F extends object>(
  codec: Codec<S, F>,
  form: Some<F>,
): Partial<S> {
  const members: Partial<S> = {};
  for (const name of namesOf(codec)) {
    const value = codec[name].from(form);
    if (value !== undefined) members[name] = value;
  }
  return members;
}

/** Converts a value; undefined stays undefined. */
export function given<V, R>(value: V | undefined, convert: (value: V) => R): R | undefined {
  return value === undefined ? undefined : convert(value);
}

function namesOf<S extends object, F extends object>(codec: Codec<S, F>): (keyof S)[] {
  return Object.keys(codec) as (keyof S)[];
}
