import { retryAfterMs } from '../../src/api/tickets/ticket-view.ts';

/** What the parts of a system can do. */
export interface Capacity {
  /** API processes; each has a core. */
  readonly apiProcesses: number;
  /** CPU of an API process for a ticket taken, for a poll of one that waits, and of one decided. */
  readonly takeMicros: number;
  readonly pollMicros: number;
  readonly decidedMicros: number;
  /** Tickets of the sale that are accepted and decided a second: one Redis and one worker. */
  readonly linePerSecond: number;
}

/** Who comes. */
export interface Crowd {
  readonly buyers: number;
  /** Within so many seconds, most of them early: a third of those to come, each sixth of it. */
  readonly seconds: number;
}

/** What they met. */
export interface Outcome {
  /** From a buyer's click to the poll that said how it was decided, in seconds. */
  readonly p50Seconds: number;
  readonly p99Seconds: number;
  /** Until the last buyer knew, from the start, in seconds. */
  readonly allKnowSeconds: number;
  readonly polls: number;
  readonly mostPollsPerSecond: number;
  /** Share of the cores of all API processes that was used until all knew, 0 to 1. */
  readonly apiShare: number;
}

const STEP_MS = 100;
const STEPS_PER_SECOND = 1_000 / STEP_MS;

/** The share of those still to come that comes within a sixth of the time. */
const EAGERNESS = 1 / 3;

/** Buyers of one step who have their places beside one another, and poll together. */
interface Group {
  /** The step in which they came. */
  readonly cameAt: number;
  readonly buyers: number;
  /** The place in line of the last of them. */
  readonly position: number;
}

/**
 * Plays a crowd in steps of 100 ms: all take a ticket, and poll when their answers tell them to (by
 * the API's own rule). The API serves polls before new buyers, each in the order in which they
 * came, as far as its cores go. Networks take no time, and nobody gives up.
 */
export function simulate(crowd: Crowd, capacity: Capacity): Outcome {
  const { takeMicros, pollMicros, decidedMicros, linePerSecond, apiProcesses } = capacity;
  const stepMicros = apiProcesses * STEP_MS * 1_000;
  const placesPerStep = Math.floor(linePerSecond / STEPS_PER_SECOND);
  if (placesPerStep < 1 || stepMicros < Math.max(takeMicros, pollMicros, decidedMicros)) {
    throw new RangeError('too little capacity for a single ticket in a step');
  }
  const newcomers: { readonly cameAt: number; buyers: number }[] = [];
  const due = new Map<number, Group[]>();
  const waits: Wait[] = [];
  let askers: Group[] = [];
  let [step, accepted, decided, known] = [0, 0, 0, 0];
  let [polls, mostPolls, usedMicros] = [0, 0, 0];

  const pollLater = (group: Group) => {
    const waitMs = retryAfterMs(Math.max(0, group.position - decided), linePerSecond);
    const at = step + Math.ceil(waitMs / STEP_MS);
    due.set(at, [...(due.get(at) ?? []), group]);
  };

  for (; known < crowd.buyers; step++) {
    const buyers = comeUntil(crowd, step + 1) - comeUntil(crowd, step);
    if (buyers > 0) newcomers.push({ cameAt: step, buyers });
    let leftMicros = stepMicros;

    const unserved: Group[] = [];
    let polled = 0;
    for (const group of [...askers, ...(due.get(step) ?? [])]) {
      const isDecided = group.position <= decided;
      const micros = isDecided ? decidedMicros : pollMicros;
      const served = Math.min(group.buyers, Math.floor(leftMicros / micros));
      leftMicros -= served * micros;
      polled += served;
      if (served < group.buyers) unserved.push({ ...group, buyers: group.buyers - served });
      if (served === 0) continue;
      if (isDecided) {
        known += served;
        waits.push({ seconds: (step + 1 - group.cameAt) / STEPS_PER_SECOND, buyers: served });
      } else pollLater({ ...group, buyers: served });
    }
    askers = unserved;
    due.delete(step);

    let places = placesPerStep;
    for (let first = newcomers[0]; first !== undefined && places > 0; first = newcomers[0]) {
      const taken = Math.min(first.buyers, places, Math.floor(leftMicros / takeMicros));
      if (taken === 0) break;
      leftMicros -= taken * takeMicros;
      places -= taken;
      accepted += taken;
      pollLater({ cameAt: first.cameAt, buyers: taken, position: accepted });
      first.buyers -= taken;
      if (first.buyers === 0) newcomers.shift();
    }
    decided = Math.min(accepted, decided + placesPerStep);

    polls += polled;
    mostPolls = Math.max(mostPolls, polled);
    usedMicros += stepMicros - leftMicros;
  }
  return {
    p50Seconds: percentileOf(waits, 50),
    p99Seconds: percentileOf(waits, 99),
    allKnowSeconds: step / STEPS_PER_SECOND,
    polls,
    mostPollsPerSecond: mostPolls * STEPS_PER_SECOND,
    apiShare: usedMicros / (step * stepMicros),
  };
}

/** How many have come when so many steps are over. */
function comeUntil({ buyers, seconds }: Crowd, steps: number): number {
  const share = Math.min(1, steps / (seconds * STEPS_PER_SECOND));
  const eager = (part: number) => 1 - (1 - EAGERNESS) ** (part * 6);
  return Math.round((buyers * eager(share)) / eager(1));
}

interface Wait {
  readonly seconds: number;
  readonly buyers: number;
}

function percentileOf(waits: readonly Wait[], percent: number): number {
  const sorted = waits.toSorted((a, b) => a.seconds - b.seconds);
  const all = sorted.reduce((sum, { buyers }) => sum + buyers, 0);
  let passed = 0;
  for (const { seconds, buyers } of sorted) {
    passed += buyers;
    if (passed >= (percent / 100) * all) return seconds;
  }
  return Number.NaN;
}
