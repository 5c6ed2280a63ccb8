import type { KeyboardEvent } from 'react';

/** Keeps the Tab key within the buttons of a dialog. Otherwise the focus would move to the inert page. */
export function keepFocus(event: KeyboardEvent<HTMLElement>): void {
  if (event.key !== 'Tab') return;
  const { currentTarget: dialog, shiftKey: isBackwards } = event;
  const buttons = [...dialog.querySelectorAll<HTMLElement>('button:not(:disabled)')];
  const focused = buttons.findIndex((button) => button.matches(':focus'));
  // No button has the focus just after the dialog has opened.
  const next = isBackwards ? Math.max(focused, 0) - 1 : focused + 1;
  event.preventDefault();
  buttons.at(next % buttons.length)?.focus();
}
