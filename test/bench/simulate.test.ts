import { describe, expect, it } from 'vitest';
import { simulate } from '../../bench/crowd/simulate.ts';

const capacity = {
  apiProcesses: 4,
  takeMicros: 100,
  pollMicros: 50,
  decidedMicros: 100,
  linePerSecond: 20_000,
};

describe('a simulated crowd', () => {
  it('knows within a poll, where there is room for all', () => {
    const { p50Seconds, p99Seconds, polls } = simulate({ buyers: 1_000, seconds: 60 }, capacity);
    expect(p50Seconds).toBeCloseTo(0.4); // a step to be accepted, and a poll after 250 ms
    expect(p99Seconds).toBeLessThan(0.6);
    expect(polls).toBe(1_000);
  });

  it('waits for the line, where more come than it decides', () => {
    const crowd = { buyers: 100_000, seconds: 1 };
    const { allKnowSeconds, p50Seconds } = simulate(crowd, { ...capacity, apiProcesses: 100 });
    expect(allKnowSeconds).toBeGreaterThan(5); // 100,000 tickets at 20,000 a second
    expect(allKnowSeconds).toBeLessThan(7);
    expect(p50Seconds).toBeGreaterThan(2);
  });

  it('waits for the door, where that is narrower: more processes shorten it', () => {
    const crowd = { buyers: 100_000, seconds: 1 };
    const [one, two] = [1, 2].map((apiProcesses) => simulate(crowd, { ...capacity, apiProcesses }));
    expect(one?.apiShare).toBeGreaterThan(0.9);
    // 100 µs to take a ticket, 100 µs to learn how it was decided, and polls before that.
    expect(one?.allKnowSeconds).toBeGreaterThan(20);
    expect(two?.allKnowSeconds).toBeLessThan((one?.allKnowSeconds ?? 0) * 0.6);
  });

  it('cannot be played without capacity', () => {
    expect(() => simulate({ buyers: 1, seconds: 1 }, { ...capacity, linePerSecond: 0 })).toThrow(
      'too little capacity',
    );
  });
});
