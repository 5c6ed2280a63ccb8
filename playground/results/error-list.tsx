import type { DisplayError } from './error-messages.js';

/** Maximum number of errors, so that one cause does not fill the panel. */
const MAX_SHOWN = 20;

/** List of errors that screen readers announce. */
export function ErrorList({
  errors,
  onOpenKeys,
}: {
  errors: readonly DisplayError[];
  onOpenKeys: () => void;
}) {
  const [left, concernsKeys] = [errors.length - MAX_SHOWN, errors.some((error) => error.concernsKeys)];
  return (
    <div role="alert" className="pg-errors">
      {errors.length > 0 && (
        <ul>
          {errors.slice(0, MAX_SHOWN).map((error) => (
            <ErrorItem key={`${error.code} ${error.location} ${error.message}`} error={error} />
          ))}
        </ul>
      )}
      {left > 0 && <p>And {left} more in the response.</p>}
      {concernsKeys && (
        <button type="button" className="pg-button" onClick={onOpenKeys}>
          Open keys
        </button>
      )}
    </div>
  );
}

function ErrorItem({ error }: { error: DisplayError }) {
  const { code, title, message, location, more, retryAfter } = error;
  return (
    <li className="pg-error">
      <p className="pg-error-title">
        <strong>{title ?? message}</strong> {code !== null && <code>{code}</code>}
      </p>
      {title !== null && <p>{message}</p>}
      {location !== null && (
        <p className="pg-small">
          at <code>{location}</code>
          {more > 0 && ` and in ${more} more ${more === 1 ? 'place' : 'places'}`}
        </p>
      )}
      {retryAfter !== null && <p className="pg-small">Try again in {retryAfter} s.</p>}
    </li>
  );
}
