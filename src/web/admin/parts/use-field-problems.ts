import { useEffect, useRef, useState } from 'react';
import { ApiProblem } from '../../client/problem.ts';
import type { FieldProblems } from '../rules/read-sale.ts';

const NONE: FieldProblems = new Map();

/**
 * The errors of a form's fields: found here, or reported by the API. The first invalid field gets
 * the focus.
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
