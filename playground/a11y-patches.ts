/** Fixes an element of GraphiQL. Runs again after every change of the page. */
type Patch = (element: Element) => void;

/**
 * Fixes for markup that makes GraphiQL unusable with a keyboard or a screen reader. React sets an attribute only when its
 * value changes, so a fix lasts until then.
 */
const PATCHES: readonly (readonly [selector: string, patch: Patch])[] = [
  // Screen readers ignore buttons inside tabs, so the tabs become a list.
  ['.graphiql-tabs[role]', (list) => list.removeAttribute('role')],
  ['.graphiql-tab[role]', (tab) => tab.removeAttribute('role')],
  ['.graphiql-tab[aria-selected]', tellActiveTab],
  ['#graphiql-session[role="tabpanel"]', (session) => session.setAttribute('role', 'main')],
  // This label hides the name of the operation.
  ['.graphiql-history-item-label[aria-label]', (label) => label.removeAttribute('aria-label')],
  ['.graphiql-explorer-root :is(input, select):not([aria-label])', nameField],
  // These elements only react to clicks.
  [
    '.graphiql-explorer-root :is([data-field-name], [data-arg-name] > span:first-child):not([tabindex])',
    (toggle) => {
      toggle.setAttribute('tabindex', '0');
      toggle.setAttribute('role', 'button');
    },
  ],
];

/** Widgets that Escape closes in an editor. */
const OPEN_IN_EDITOR = ['.suggest-widget', '.parameter-hints-widget', '.find-widget']
  .map((widget) => `${widget}.visible`)
  .join();

/** Fixes current and future elements while the page is open. */
export function patchMarkup(root: HTMLElement): void {
  const mendAll = () => {
    for (const [selector, patch] of PATCHES)
      for (const element of root.querySelectorAll(selector)) patch(element);
  };
  const attributeFilter = ['role', 'aria-selected', 'aria-label'];
  new MutationObserver(mendAll).observe(root, {
    subtree: true,
    childList: true,
    attributes: true,
    attributeFilter,
  });
  // Capture the event before the editor closes its widgets.
  root.addEventListener('keydown', onKey, { capture: true });
  mendAll();
}

function tellActiveTab(tab: Element): void {
  const isActive = tab.getAttribute('aria-selected') === 'true';
  tab.removeAttribute('aria-selected');
  tab.querySelector('.graphiql-tab-button')?.setAttribute('aria-current', String(isActive));
}

function nameField(field: Element): void {
  const argument = field.closest('[data-arg-name]')?.getAttribute('data-arg-name');
  const name = argument ?? field.getAttribute('placeholder') ?? 'Operation type';
  field.setAttribute('aria-label', name);
}

/** Leaves an editor on Escape unless that closes a widget there, and clicks on Enter and Space. */
function onKey(event: KeyboardEvent): void {
  const { target, key } = event;
  if (!(target instanceof HTMLElement)) return;
  if (key === 'Escape' && target.matches('.graphiql-editor textarea')) {
    const editor = target.closest<HTMLElement>('.graphiql-editor');
    if (!document.querySelector(OPEN_IN_EDITOR)) editor?.focus();
  }
  if ((key !== 'Enter' && key !== ' ') || !target.matches('.graphiql-explorer-root [role="button"]')) return;
  event.preventDefault();
  target.click();
}
