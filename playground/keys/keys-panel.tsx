import { type FormEvent, useId, useState, useSyncExternalStore } from 'react';
import { canBeKey, type KeyStore, type Keys } from './keys.js';
import './keys-panel.css';

const FIELDS: readonly { name: keyof Keys; label: string; help: string }[] = [
  {
    name: 'token',
    label: 'Gateway token',
    help: 'A gateway token (pg_…) or a JWT, where the gateway asks for one. Sent as “authorization: Bearer …”.',
  },
  {
    name: 'astria',
    label: 'Astria key',
    help: 'Your own key, in place of the gateway’s. Sent as “x-astria-api-key”.',
  },
  {
    name: 'portkey',
    label: 'Portkey key',
    help: 'Your own key, in place of the gateway’s. Sent as “x-portkey-api-key”.',
  },
];

/** Whether the browser can show dots in the place of any text; all of today can, but no standard has it. */
const HIDES_TEXT = CSS.supports('-webkit-text-security', 'disc');

interface KeysPanelProps {
  readonly store: KeyStore;
  readonly isSandbox: boolean;
  /** Why they are asked for; null: the person has come by itself. */
  readonly reason: string | null;
  readonly onClose: () => void;
}

/** Where a person gives the keys that all requests of this page go with. */
export function KeysPanel({ store, isSandbox, reason, onClose }: KeysPanelProps) {
  const kept = useSyncExternalStore(store.subscribe, store.current);
  const [draft, setDraft] = useState(kept);
  const [remember, setRemember] = useState(store.isRemembered);
  const [isUnkept, setIsUnkept] = useState(false);
  const isValid = Object.values(draft).every(canBeKey);

  function save(event: FormEvent) {
    event.preventDefault();
    if (!isValid) return;
    const isKept = store.keep(draft, remember);
    setIsUnkept(!isKept);
    setRemember(store.isRemembered());
    if (isKept) onClose();
  }

  function forget() {
    store.forget();
    onClose();
  }

  return (
    <form className="pg-keys" aria-labelledby="pg-keys-title" autoComplete="off" onSubmit={save}>
      <h2 id="pg-keys-title" className="pg-keys-title">
        Keys
      </h2>
      {reason !== null && (
        <p role="alert" className="pg-keys-reason">
          {reason}
        </p>
      )}
      <p>
        {reason === null && 'Requests of this page go with these; what is empty is not sent. '}
        {isSandbox && (
          <>
            The sandbox has keys of its own. Another one must be <code>sd_sandbox</code> (Astria) or{' '}
            <code>pk-sandbox</code> (Portkey).{' '}
          </>
        )}
        They stay out of addresses, history and tabs, and are forgotten when this page is closed, unless you
        let it remember them.
      </p>
      {FIELDS.map(({ name, label, help }) => (
        <KeyField
          key={name}
          label={label}
          help={help}
          value={draft[name]}
          onChange={(value) => setDraft({ ...draft, [name]: value.trim() })}
        />
      ))}
      <label className="pg-keys-remember">
        <input type="checkbox" checked={remember} onChange={(event) => setRemember(event.target.checked)} />
        Remember them in this browser
      </label>
      {isUnkept && (
        <p role="alert" className="pg-keys-reason">
          This page goes with them now, but the browser could not keep them as asked: it has no room left, or
          keeps nothing of pages. They are forgotten when this page is closed, if not sooner.
        </p>
      )}
      <div className="pg-keys-buttons">
        <button type="submit" className="pg-button" disabled={!isValid}>
          Use these
        </button>
        <button type="button" className="pg-button" onClick={forget}>
          Forget all
        </button>
        <button type="button" className="pg-button" onClick={onClose}>
          Close
        </button>
      </div>
    </form>
  );
}

interface KeyFieldProps {
  readonly label: string;
  readonly help: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
}

function KeyField({ label, help, value, onChange }: KeyFieldProps) {
  const id = useId();
  const isValid = canBeKey(value);
  return (
    <div className="pg-keys-field">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        // A password is what browsers and password managers offer to save, whatever else the page says.
        type={HIDES_TEXT ? 'text' : 'password'}
        className={HIDES_TEXT ? 'pg-keys-hidden' : undefined}
        autoComplete="off"
        autoCapitalize="off"
        data-1p-ignore
        data-lpignore="true"
        spellCheck={false}
        value={value}
        aria-invalid={!isValid}
        aria-describedby={`${id}-help`}
        onChange={(event) => onChange(event.target.value)}
      />
      <p id={`${id}-help`} className={isValid ? 'pg-keys-help' : 'pg-keys-fault'}>
        {isValid ? help : 'A key has no blanks and nothing but letters, digits and signs of ASCII.'}
      </p>
    </div>
  );
}
