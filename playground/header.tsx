import { useSyncExternalStore } from 'react';
import icon from './icon.svg?url&no-inline';
import type { KeyStore } from './keys/keys.js';

interface HeaderProps {
  readonly isSandbox: boolean;
  readonly keys: KeyStore;
  readonly onOpenKeys: () => void;
}

/** Header with the name, the documentation and the keys. */
export function Header({ isSandbox, keys, onOpenKeys }: HeaderProps) {
  const savedKeys = useSyncExternalStore(keys.subscribe, keys.current);
  const count = Object.values(savedKeys).filter((key) => key !== '').length;
  return (
    <header className="graphiql-container pg-header">
      <img src={icon} alt="" width="24" height="24" />
      <h1>Promptgate</h1>
      {isSandbox && (
        <a className="pg-badge" href="docs/readme.html#quick-start" target="_blank" rel="noreferrer">
          sandbox
        </a>
      )}
      <a className="pg-link" href="docs/readme.html" target="_blank" rel="noreferrer">
        README
      </a>
      <a className="pg-link pg-to-results" href="#results">
        Results
      </a>
      <span className="pg-header-gap" />
      <button type="button" className="pg-button" aria-haspopup="dialog" onClick={onOpenKeys}>
        {count === 0 ? 'Keys' : `Keys (${count})`}
      </button>
    </header>
  );
}
