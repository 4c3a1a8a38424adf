import './choice.css';
import { type ComponentProps, type ReactNode, useId } from 'react';

/** A checkbox or radio button with its label and a hint. */
export function Choice(
  props: ComponentProps<'input'> & {
    type: 'checkbox' | 'radio';
    label: ReactNode;
    hint?: ReactNode;
  },
) {
  const { label, hint, ...input } = props;
  const id = useId();
  return (
    <div className="choice">
      <input {...input} id={id} aria-describedby={hint === undefined ? undefined : `${id}-hint`} />
      <div>
        <label htmlFor={id}>{label}</label>
        {hint === undefined ? null : (
          <p id={`${id}-hint`} className="small soft">
            {hint}
          </p>
        )}
      </div>
    </div>
  );
}
