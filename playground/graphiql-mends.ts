/** Brings an element of GraphiQL to what it should be; called again whenever something has changed. */
type Mend = (element: Element) => void;

/**
 * What keeps people from using GraphiQL with a keyboard or a screen reader, and is in its markup. React sets an attribute
 * only when its own value for it changes, so what is mended stays so until then.
 */
const MENDS: readonly (readonly [selector: string, mend: Mend])[] = [
  // Tabs with buttons in them can be no tabs: nobody would be told of the buttons. So they are a list.
  ['.graphiql-tabs[role]', (list) => list.removeAttribute('role')],
  ['.graphiql-tab[role]', (tab) => tab.removeAttribute('role')],
  ['.graphiql-tab[aria-selected]', tellActiveTab],
  ['#graphiql-session[role="tabpanel"]', (session) => session.setAttribute('role', 'main')],
  // A name that hides which operation it is.
  ['.graphiql-history-item-label[aria-label]', (label) => label.removeAttribute('aria-label')],
  ['.graphiql-explorer-root :is(input, select):not([aria-label])', nameField],
  // They take clicks alone.
  [
    '.graphiql-explorer-root :is([data-field-name], [data-arg-name] > span:first-child):not([tabindex])',
    (toggle) => {
      toggle.setAttribute('tabindex', '0');
      toggle.setAttribute('role', 'button');
    },
  ],
];

/** What an editor closes by Escape. */
const OPEN_IN_EDITOR = ['.suggest-widget', '.parameter-hints-widget', '.find-widget']
  .map((widget) => `${widget}.visible`)
  .join();

/** Mends what is there and what comes, for as long as the page is open. */
export function mendMarkup(root: HTMLElement): void {
  const mendAll = () => {
    for (const [selector, mend] of MENDS)
      for (const element of root.querySelectorAll(selector)) mend(element);
  };
  const attributeFilter = ['role', 'aria-selected', 'aria-label'];
  new MutationObserver(mendAll).observe(root, {
    subtree: true,
    childList: true,
    attributes: true,
    attributeFilter,
  });
  // Before the editor closes what is open in it.
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
  const name = argument ?? field.getAttribute('placeholder') ?? 'Kind of operation';
  field.setAttribute('aria-label', name);
}

/** Tab writes into an editor; Escape leaves it, unless it closes something there. Enter and Space click. */
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
