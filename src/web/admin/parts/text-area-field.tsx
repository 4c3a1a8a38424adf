import { type ComponentProps, useId } from 'react';
import '../../kit/ui/field.css';

/** A multi-line text field with its label. */
export function TextAreaField(
  props: ComponentProps<'textarea'> & { label: string; error?: string | undefined },
) {
  const { label, error, ...area } = props;
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <textarea
        rows={2}
        {...area}
        id={id}
        aria-invalid={error !== undefined}
        aria-describedby={error === undefined ? undefined : `${id}-error`}
      />
      {error === undefined ? null : (
        <p id={`${id}-error`} className="field-error" role="alert">
          {error}
        </p>
      )}
    </div>
  );
}
