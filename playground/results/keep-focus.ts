import type { KeyboardEvent } from 'react';

/** Has Tab go round the buttons of a dialog: behind the last one the focus would leave it for the page, which is inert. */
export function keepFocus(event: KeyboardEvent<HTMLElement>): void {
  if (event.key !== 'Tab') return;
  const { currentTarget: dialog, shiftKey: isBackwards } = event;
  const buttons = [...dialog.querySelectorAll<HTMLElement>('button:not(:disabled)')];
  const focused = buttons.findIndex((button) => button.matches(':focus'));
  // None of them has it when the dialog has just opened.
  const next = isBackwards ? Math.max(focused, 0) - 1 : focused + 1;
  event.preventDefault();
  buttons.at(next % buttons.length)?.focus();
}
