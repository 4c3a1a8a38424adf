import { Card } from '../../kit/ui/card.tsx';
import { Field } from '../../kit/ui/field.tsx';
import { Choice } from '../parts/choice.tsx';
import { SelectField } from '../parts/select-field.tsx';
import { inZone, type SaleDraft } from '../rules/sale-draft.ts';
import {
  bothOf,
  offsetInWords,
  readTyped,
  type TypedTime,
  zoneInWords,
} from '../rules/zoned-time.ts';
import { isLocked, type Locks } from './locks.ts';

interface Props {
  readonly draft: SaleDraft;
  readonly locks: Locks;
  readonly problem: (path: string) => string | undefined;
  readonly set: (change: Partial<SaleDraft>) => void;
}

/** When a sale starts and ends, typed in its time zone. */
export function TimeFields({ draft, locks, problem, set }: Props) {
  const { timeZone, startsAt, endsAt } = draft;
  const start = readTyped(timeZone, startsAt);
  const zone = zoneInWords(timeZone, 'value' in start ? start.value : new Date());
  return (
    <Card className="stack">
      <h2>Time</h2>
      <SelectField
        label="Time zone"
        disabled={isLocked(locks, 'timeZone')}
        value={timeZone}
        onChange={(event) => set(inZone(draft, event.target.value, !locks.made))}
      >
        {zonesWith(timeZone).map((name) => (
          <option key={name}>{name}</option>
        ))}
      </SelectField>
      <p className="small soft">
        Typed here, and told to buyers, in {zone}.
        {locks.opened && !locks.all ? ' The start can no longer change: the sale has opened.' : ''}
      </p>
      <div className="form-grid">
        <TimeField
          label="Starts"
          disabled={isLocked(locks, 'startsAtMs')}
          timeZone={timeZone}
          typed={startsAt}
          error={problem('startsAt')}
          onChange={(typed) => set({ startsAt: typed })}
        />
        <TimeField
          label="Ends"
          disabled={isLocked(locks, 'endsAtMs')}
          timeZone={timeZone}
          typed={endsAt}
          error={problem('endsAt')}
          onChange={(typed) => set({ endsAt: typed })}
        />
      </div>
    </Card>
  );
}

/** A date and time; of one that comes twice, which of the two. */
function TimeField(props: {
  label: string;
  disabled: boolean;
  timeZone: string;
  typed: TypedTime;
  error: string | undefined;
  onChange: (typed: TypedTime) => void;
}) {
  const { label, disabled, timeZone, typed, error, onChange } = props;
  const both = bothOf(timeZone, typed.text);
  return (
    <div className="stack-tight">
      <Field
        label={label}
        type="datetime-local"
        disabled={disabled}
        value={typed.text}
        error={error}
        onChange={(event) => onChange({ text: event.target.value, isSecond: false })}
      />
      {both === undefined ? null : (
        <fieldset className="stack-tight">
          <legend className="small">The clocks go back, and this time comes twice.</legend>
          {both.map((at, index) => (
            <Choice
              key={at.getTime()}
              type="radio"
              name={`${label}-twice`}
              label={`The ${index === 0 ? 'first' : 'second'} time, ${offsetInWords(timeZone, at)}`}
              disabled={disabled}
              checked={typed.isSecond === (index === 1)}
              onChange={() => onChange({ ...typed, isSecond: index === 1 })}
            />
          ))}
        </fieldset>
      )}
    </div>
  );
}

/** The time zones to choose from, the chosen one among them. */
function zonesWith(chosen: string): readonly string[] {
  return [...new Set(['UTC', ...Intl.supportedValuesOf('timeZone'), chosen])].sort();
}
