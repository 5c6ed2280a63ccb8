import { type RefObject, useState } from 'react';
import type { KeyStore } from './keys.js';
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
  // What was written and not kept is gone with the dialog.
  const [opened, setOpened] = useState(0);
  return (
    <dialog
      ref={dialog}
      className="graphiql-dialog pg-keys-dialog"
      aria-labelledby="pg-keys-title"
      onClose={() => setOpened((times) => times + 1)}
    >
      <KeysPanel
        key={opened}
        store={store}
        isSandbox={isSandbox}
        reason={reason}
        onClose={() => dialog.current?.close()}
      />
    </dialog>
  );
}
