import { describe, expect, it } from 'vitest';
import { judgeRenewal } from '../../src/domain/renewal.ts';

describe('a refresh token', () => {
  const judge = (generation: number, isUsed: boolean, usedForMs = 0) =>
    judgeRenewal({ generation, isUsed, newestUsed: 4, usedForMs });

  it('of the next generation is exchanged, and retires the older ones', () => {
    expect(judge(5, false)).toBe('advance');
  });

  it('whose successors are all unused is exchanged again, however late', () => {
    expect(judge(4, true, 1e12)).toBe('repeat');
  });

  it('may be used beside its siblings for a minute', () => {
    expect(judge(4, false, 60_000)).toBe('repeat');
    expect(judge(4, false, 60_001)).toBe('reuse');
  });

  it('that is older shows a second holder, used or not', () => {
    expect([judge(3, true), judge(3, false)]).toEqual(['reuse', 'reuse']);
  });
});
