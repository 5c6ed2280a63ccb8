import { useEffect, useEffectEvent } from 'react';

/** Attribute of inputs that accept dropped files. Its value is the slot's key. */
export const SLOT_ATTRIBUTE = 'data-upload-slot';

const TYPING = 'input, textarea, select, [contenteditable], .monaco-editor';

const closest = (target: EventTarget | null, selector: string): Element | null =>
  target instanceof Element ? target.closest(selector) : null;

/** Ignores files that are dropped outside the slots. Otherwise the browser would open them instead of the page. */
export function useNoStrayDrops(): void {
  useEffect(() => {
    const refuse = (event: DragEvent) => {
      const { dataTransfer, target } = event;
      if (!dataTransfer?.types.includes('Files') || closest(target, `[${SLOT_ATTRIBUTE}]`)) return;
      event.preventDefault();
      dataTransfer.dropEffect = 'none';
    };
    const kinds = ['dragover', 'drop'] as const;
    for (const kind of kinds) window.addEventListener(kind, refuse, { capture: true });
    return () => {
      for (const kind of kinds) window.removeEventListener(kind, refuse, { capture: true });
    };
  }, []);
}

/** Calls `take` with pasted files and the key of the focused slot, but not while the user is typing. */
export function usePastedFiles(take: (files: readonly File[], slotKey: string | null) => void): void {
  const onPaste = useEffectEvent((event: ClipboardEvent) => {
    const files = [...(event.clipboardData?.files ?? [])];
    const slot = closest(event.target, `[${SLOT_ATTRIBUTE}]`);
    if (files.length === 0 || (slot === null && closest(event.target, TYPING))) return;
    event.preventDefault();
    take(files, slot?.getAttribute(SLOT_ATTRIBUTE) ?? null);
  });
  useEffect(() => {
    window.addEventListener('paste', onPaste);
    return () => window.removeEventListener('paste', onPaste);
  }, []);
}
