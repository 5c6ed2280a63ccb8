import type { Fault } from './error-messages.js';

/** Maximum number of errors, so that one cause does not fill the panel. */
const MOST_DRAWN = 20;

/** List of errors that screen readers announce. */
export function FaultList({ faults, onOpenKeys }: { faults: readonly Fault[]; onOpenKeys: () => void }) {
  const [left, isOfKeys] = [faults.length - MOST_DRAWN, faults.some((fault) => fault.isOfKeys)];
  return (
    <div role="alert" className="pg-faults">
      {faults.length > 0 && (
        <ul>
          {faults.slice(0, MOST_DRAWN).map((fault) => (
            <FaultLine key={`${fault.code} ${fault.place} ${fault.message}`} fault={fault} />
          ))}
        </ul>
      )}
      {left > 0 && <p>And {left} more in the response.</p>}
      {isOfKeys && (
        <button type="button" className="pg-button" onClick={onOpenKeys}>
          Open keys
        </button>
      )}
    </div>
  );
}

function FaultLine({ fault }: { fault: Fault }) {
  const { code, title, message, place, more, retryAfter } = fault;
  return (
    <li className="pg-fault">
      <p className="pg-fault-title">
        <strong>{title ?? message}</strong> {code !== null && <code>{code}</code>}
      </p>
      {title !== null && <p>{message}</p>}
      {place !== null && (
        <p className="pg-small">
          at <code>{place}</code>
          {more > 0 && ` and in ${more} more ${more === 1 ? 'place' : 'places'}`}
        </p>
      )}
      {retryAfter !== null && <p className="pg-small">Try again in {retryAfter} s.</p>}
    </li>
  );
}
