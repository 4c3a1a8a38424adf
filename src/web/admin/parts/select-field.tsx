import { type ComponentProps, type ReactNode, useId } from 'react';
import '../../kit/ui/field.css';

/** A select with its label. */
export function SelectField(
  props: ComponentProps<'select'> & { label: string; children: ReactNode },
) {
  const { label, children, ...select } = props;
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <select {...select} id={id}>
        {children}
      </select>
    </div>
  );
}
