import { type RefObject, useCallback, useEffect, useState } from 'react';
import { KEYS_NAME, type KeyStore } from './keys.js';
import { KeysPanel } from './keys-panel.js';

interface KeysDialogProps {
  readonly dialog: RefObject<HTMLDialogElement | null>;
  readonly store: KeyStore;
  readonly isSandbox: boolean;
  /** Message of the gateway that asks for keys. */
  readonly reason: string | null;
}

/** Modal dialog with the keys panel. The browser closes it on Escape. */
export function KeysDialog({ dialog, store, isSandbox, reason }: KeysDialogProps) {
  const [times, setTimes] = useState(0);
  const beginAnew = useCallback(() => setTimes((before) => before + 1), []);
  useEffect(() => followOtherPages(store), [store]);
  // A closed dialog must show the new keys when it opens.
  useEffect(() => store.subscribe(() => !dialog.current?.open && beginAnew()), [store, dialog, beginAnew]);
  return (
    <dialog
      ref={dialog}
      className="graphiql-dialog pg-keys-dialog"
      aria-labelledby="pg-keys-title"
      // Closing the dialog discards unsaved input.
      onClose={beginAnew}
    >
      <KeysPanel
        key={times}
        store={store}
        isSandbox={isSandbox}
        reason={reason}
        onClose={() => dialog.current?.close()}
      />
    </dialog>
  );
}

function followOtherPages(store: KeyStore): () => void {
  // The key is null after the whole storage was cleared.
  const follow = ({ key }: StorageEvent) => {
    if (key === KEYS_NAME || key === null) store.reload();
  };
  window.addEventListener('storage', follow);
  return () => window.removeEventListener('storage', follow);
}
