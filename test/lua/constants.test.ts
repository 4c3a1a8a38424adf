import { expect, it } from 'vitest';
import { WINDOW_MS } from '../../src/domain/request-window.ts';
import { HOLD_LIMIT_MAX } from '../../src/domain/sale.ts';
import { Script } from '../../src/redis/script.ts';

it.each([
  ['accept', 'WINDOW_MS', WINDOW_MS],
  ['decide', 'HOLDS_KEPT', HOLD_LIMIT_MAX],
])('%s.lua has the same %s as the rules without Redis', (script, name, value) => {
  const { source } = new Script(script);
  const set = [...source.matchAll(new RegExp(`^local ${name} = (\\d+)\\b`, 'gm'))];
  expect(set.map(([, digits]) => Number(digits))).toEqual([value]);
});
