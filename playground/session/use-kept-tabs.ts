import { pick, useGraphiQL } from '@graphiql/react';
import { useEffect } from 'react';

/** Time after which GraphiQL has saved changed tabs. Its delay is half a second. */
const KEPT_AFTER_MS = 1000;

/** Saves the tabs if the user leaves or reloads the page before GraphiQL has saved the last change. */
export function useKeptTabs(): void {
  const { tabs, activeTabIndex, storage } = useGraphiQL(pick('tabs', 'activeTabIndex', 'storage'));
  useEffect(() => {
    const keep = () => {
      const withoutAnswers = tabs.map((tab) => ({ ...tab, hash: null, response: null }));
      storage.set('tabState', JSON.stringify({ tabs: withoutAnswers, activeTabIndex }));
    };
    const leave = () => window.removeEventListener('pagehide', keep);
    window.addEventListener('pagehide', keep);
    // A later save could overwrite changes of another page or restore cleared data.
    const timer = setTimeout(leave, KEPT_AFTER_MS);
    return () => {
      clearTimeout(timer);
      leave();
    };
  }, [tabs, activeTabIndex, storage]);
}
