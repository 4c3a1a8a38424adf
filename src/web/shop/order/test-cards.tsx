/** Cards that the stand-in knows, and what each one does. */
const CARDS = [
  { number: '4242424242424242', does: 'pays' },
  { number: '4000000000009995', does: 'has no money' },
  { number: '4000000000000002', does: 'is declined' },
];

/** The stand-in takes no real cards: test cards, filled in with a click. */
export function TestCards({ onChoose }: { onChoose: (number: string) => void }) {
  return (
    <div className="test-cards">
      <p className="small soft">No card is charged here. Fill in a test card that …</p>
      <div className="row">
        {CARDS.map(({ number, does }) => (
          <button key={number} type="button" onClick={() => onChoose(number)}>
            {does}
          </button>
        ))}
      </div>
    </div>
  );
}
