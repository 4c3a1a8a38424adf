import { useId } from 'react';
import '../../kit/ui/field.css';
import { SPAN_UNITS, type Span, type SpanUnit } from '../rules/span.ts';

/** A length of time: a number and its unit. */
export function SpanField(props: {
  label: string;
  value: Span;
  error?: string | undefined;
  hint?: string;
  disabled?: boolean;
  onChange: (span: Span) => void;
}) {
  const { label, value, error, hint, disabled = false, onChange } = props;
  const id = useId();
  const said = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(' ');
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <div className="span-field">
        <input
          id={id}
          inputMode="numeric"
          autoComplete="off"
          disabled={disabled}
          value={value.text}
          aria-invalid={error !== undefined}
          aria-describedby={said === '' ? undefined : said}
          onChange={(event) => onChange({ ...value, text: event.target.value })}
        />
        <select
          aria-label={`Unit of: ${label}`}
          disabled={disabled}
          value={value.unit}
          onChange={(event) => onChange({ ...value, unit: event.target.value as SpanUnit })}
        >
          {Object.keys(SPAN_UNITS).map((unit) => (
            <option key={unit}>{unit}</option>
          ))}
        </select>
      </div>
      {hint === undefined ? null : (
        <p id={`${id}-hint`} className="field-hint">
          {hint}
        </p>
      )}
      {error === undefined ? null : (
        <p id={`${id}-error`} className="field-error" role="alert">
          {error}
        </p>
      )}
    </div>
  );
}
