import { useEffect, useRef, useState } from 'react';
import { ApiProblem } from '../../client/problem.ts';
import type { FieldProblems } from '../rules/read-sale.ts';

const NONE: FieldProblems = new Map();

/**
 * What is wrong with the fields of a form: what was found here, or what the API has found. The
 * focus goes to the first of them.
 */
export function useFieldProblems(error: unknown) {
  const form = useRef<HTMLFormElement>(null);
  const [here, setHere] = useState<FieldProblems>(NONE);
  const there = error instanceof ApiProblem ? error.fields : [];
  const all = new Map([...there.map(({ path, message }) => [path, message] as const), ...here]);
  const names = [...all.keys()].join();
  useEffect(() => {
    if (names === '') return;
    form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [names]);
  return {
    form,
    problem: (path: string) => all.get(path),
    refuse: setHere,
    accept: () => setHere(NONE),
  };
}
