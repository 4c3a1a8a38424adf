import { describe, expect, it } from 'vitest';
import { ERRORS, type ErrorCode } from '../../src/domain/errors.ts';
import { ApiProblem, isTransient, problemOf, Unreachable } from '../../src/web/client/problem.ts';
import { PROBLEM_WORDS, wordsFor } from '../../src/web/client/problem-words.ts';
import { retryDelayMs } from '../../src/web/client/query-client.ts';
import {
  endingOf,
  placeInWords,
  spokenPlace,
  waitInWords,
} from '../../src/web/shop/ticket/place-words.ts';

function problem(code: ErrorCode, retryAfterSeconds?: number): ApiProblem {
  return new ApiProblem({ code, status: ERRORS[code].status, detail: 'no' }, retryAfterSeconds);
}

describe('a problem', () => {
  it.each(Object.keys(ERRORS) as ErrorCode[])('%s has words that help', (code) => {
    const { title, help } = PROBLEM_WORDS[code];
    expect(title).toMatch(/^[A-Z].*\.$/);
    expect(help).toMatch(/^[A-Z].*\.$/);
    expect(title + help).not.toContain('_');
  });

  it('says when to try again, where that is known', () => {
    expect(wordsFor(problem('too_many_requests', 42)).help).toContain('try again in 42 seconds');
    expect(wordsFor(new Unreachable('gone')).title).toBe('We cannot be reached.');
    expect(wordsFor(new Error('bug')).help).toContain('reload');
  });

  it('is transient where waiting helps, and only there', () => {
    const passing = (Object.keys(ERRORS) as ErrorCode[]).filter((code) =>
      isTransient(problem(code)),
    );
    expect(passing).toEqual([
      ...['request_timeout', 'payments_unavailable', 'line_full', 'unavailable'],
    ]);
    expect(isTransient(new Unreachable('gone'))).toBe(true);
  });

  it('is not retried before the API allows', () => {
    expect(retryDelayMs(0, problem('line_full', 5))).toBeGreaterThanOrEqual(5_000);
    expect(retryDelayMs(20, new Unreachable('gone'))).toBeLessThanOrEqual(18_000);
  });

  it('is parsed from the answer; any other body is mapped by its status', async () => {
    const body = { code: 'line_full', status: 503, detail: 'full', requestId: 'r' };
    const headers = { 'content-type': 'application/problem+json', 'retry-after': '5' };
    const full = await problemOf(new Response(JSON.stringify(body), { status: 503, headers }));
    expect(full).toMatchObject({ code: 'line_full', retryAfterSeconds: 5, requestId: 'r' });
    const proxy = await problemOf(new Response('<html>', { status: 502 }));
    expect(proxy).toMatchObject({ code: 'unavailable', retryAfterSeconds: 2 });
    const broken = await problemOf(new Response('oops', { status: 500 }));
    expect(broken).toMatchObject({ code: 'internal_error', retryAfterSeconds: undefined });
  });
});

describe('a place', () => {
  it('is described exactly', () => {
    expect([0, 1, 1_234].map(placeInWords)).toEqual([
      'You are next',
      '1 person is ahead of you',
      '1,234 people are ahead of you',
    ]);
    expect(waitInWords({ etaSeconds: 200 })).toBe('Your turn is in about 3 minutes.');
    expect(waitInWords({})).toBeUndefined();
  });

  it('is announced in steps: a thousand people make few of them', () => {
    const said = new Set(Array.from({ length: 1_001 }, (_, ahead) => spokenPlace(ahead)));
    expect(said.size).toBeLessThan(30);
    expect(spokenPlace(37)).toBe('Fewer than 40 people are ahead of you');
    expect(spokenPlace(3)).toBe('3 people are ahead of you');
  });

  it('that won nothing says why', () => {
    const titleOf = (...ticket: Parameters<typeof endingOf>) => endingOf(...ticket).title;
    const sale = { phase: 'sold_out', waitlist: false } as const;
    expect(titleOf({ status: 'sold_out' }, sale)).toContain('gone before your turn');
    expect(titleOf({ status: 'sold_out' }, { ...sale, phase: 'closed' })).toContain(
      'Nothing was left for you',
    );
    expect(titleOf({ status: 'rejected', reason: 'duplicate' }, sale)).toContain('another place');
    expect(titleOf({ status: 'cancelled' }, undefined)).toContain('left');
    const { help } = endingOf({ status: 'sold_out' }, { ...sale, waitlist: true });
    expect(help).toContain('which you can join while it has room');
    expect(endingOf({ status: 'sold_out' }, sale).help).not.toContain('waitlist');
  });
});
