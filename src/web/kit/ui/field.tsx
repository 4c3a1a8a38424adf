import './field.css';
import { type ComponentProps, type ReactNode, useId } from 'react';

/**
 * An input with its label.
 *
 * @param hint how to fill it in
 * @param error what is wrong with the value
 */
export function Field(
  props: ComponentProps<'input'> & { label: string; hint?: ReactNode; error?: string | undefined },
) {
  const { label, hint, error, ...input } = props;
  const id = useId();
  const describedBy = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(' ');
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input
        {...input}
        id={id}
        aria-invalid={error !== undefined}
        aria-describedby={describedBy === '' ? undefined : describedBy}
      />
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
