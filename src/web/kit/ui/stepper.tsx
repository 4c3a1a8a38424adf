import './stepper.css';

/** A quantity with buttons for one less and one more. */
export function Stepper(props: {
  label: string;
  value: number;
  max: number;
  disabled?: boolean;
  onChange: (value: number) => void;
}) {
  const { label, value, max, disabled = false, onChange } = props;
  return (
    <fieldset className="stepper" disabled={disabled}>
      <legend className="hidden-visually">{`Quantity of ${label}`}</legend>
      <button
        type="button"
        aria-label={`One less ${label}`}
        disabled={value <= 0}
        onClick={() => onChange(value - 1)}
      >
        −
      </button>
      <output className="stepper-value digits" aria-label={`${value} chosen`}>
        {value}
      </output>
      <button
        type="button"
        aria-label={`One more ${label}`}
        disabled={value >= max}
        onClick={() => onChange(value + 1)}
      >
        +
      </button>
    </fieldset>
  );
}
