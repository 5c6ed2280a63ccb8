import { type RefObject, useCallback, useEffect, useState } from 'react';
import { KEYS_NAME, type KeyStore } from './keys.js';
import { KeysPanel } from './keys-panel.js';

interface KeysDialogProps {
  readonly dialog: RefObject<HTMLDialogElement | null>;
  readonly store: KeyStore;
  readonly isSandbox: boolean;
  /** Why the gateway wants them, in its own words. */
  readonly reason: string | null;
}

/** The panel of the keys above everything else; Escape closes it, as the browser has it. */
export function KeysDialog({ dialog, store, isSandbox, reason }: KeysDialogProps) {
  const [times, setTimes] = useState(0);
  const beginAnew = useCallback(() => setTimes((before) => before + 1), []);
  useEffect(() => followOtherPages(store), [store]);
  // One that is not looked at has other keys to show then.
  useEffect(() => store.subscribe(() => !dialog.current?.open && beginAnew()), [store, dialog, beginAnew]);
  return (
    <dialog
      ref={dialog}
      className="graphiql-dialog pg-keys-dialog"
      aria-labelledby="pg-keys-title"
      // What was written and not kept is gone with it.
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
  // Without a name all of the storage was cleared.
  const follow = ({ key }: StorageEvent) => {
    if (key === KEYS_NAME || key === null) store.lookAgain();
  };
  window.addEventListener('storage', follow);
  return () => window.removeEventListener('storage', follow);
}
