import { type FormEvent, useId, useState, useSyncExternalStore } from 'react';
import { canBeKey, type KeyStore, type Keys } from './keys.js';
import './keys-panel.css';

const FIELDS: readonly { name: keyof Keys; label: string; help: string }[] = [
  {
    name: 'token',
    label: 'Gateway token',
    help: 'A gateway token (pg_…) or a JWT, if the gateway requires one. Sent as “authorization: Bearer …”.',
  },
  {
    name: 'astria',
    label: 'Astria key',
    help: 'Your own key instead of the gateway’s key. Sent as “x-astria-api-key”.',
  },
  {
    name: 'portkey',
    label: 'Portkey key',
    help: 'Your own key instead of the gateway’s key. Sent as “x-portkey-api-key”.',
  },
];

/** True if the browser can show dots instead of text. All current browsers can, but no standard defines it. */
const HIDES_TEXT = CSS.supports('-webkit-text-security', 'disc');

interface KeysPanelProps {
  readonly store: KeyStore;
  readonly isSandbox: boolean;
  /** Message of the gateway that asks for keys, or null if the user opened the panel. */
  readonly reason: string | null;
  readonly onClose: () => void;
}

/** Form for the keys that this page sends with all requests. */
export function KeysPanel({ store, isSandbox, reason, onClose }: KeysPanelProps) {
  const savedKeys = useSyncExternalStore(store.subscribe, store.current);
  const [draft, setDraft] = useState(savedKeys);
  const [remember, setRemember] = useState(store.isRemembered);
  const [isNotStored, setIsNotStored] = useState(false);
  const isValid = Object.values(draft).every(canBeKey);

  function save(event: FormEvent) {
    event.preventDefault();
    if (!isValid) return;
    const isStored = store.save(draft, remember);
    setIsNotStored(!isStored);
    setRemember(store.isRemembered());
    if (isStored) onClose();
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
        {reason === null && 'This page sends these keys with its requests. Empty fields are not sent. '}
        {isSandbox && (
          <>
            The sandbox provides its own keys. Any other key must be <code>sd_sandbox</code> (Astria) or{' '}
            <code>pk-sandbox</code> (Portkey).{' '}
          </>
        )}
        Keys never appear in URLs, the history or tabs. This page forgets them when you close it, unless you
        let the browser remember them.
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
      {isNotStored && (
        <p role="alert" className="pg-keys-reason">
          This page uses the keys now, but the browser could not save them as requested, because its storage
          is full or blocked. The page forgets them at the latest when you close it.
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
        // Browsers and password managers offer to save any password field, whatever its attributes say.
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
        {isValid ? help : 'A key may only contain ASCII letters, digits and punctuation, without spaces.'}
      </p>
    </div>
  );
}
