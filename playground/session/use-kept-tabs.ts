import { pick, useGraphiQL } from '@graphiql/react';
import { useEffect } from 'react';

/** GraphiQL keeps its tabs half a second after they have changed. */
const KEPT_AFTER_MS = 1000;

/** Keeps the tabs also where the page is left, or loaded anew, before GraphiQL has kept the last change. */
export function useKeptTabs(): void {
  const { tabs, activeTabIndex, storage } = useGraphiQL(pick('tabs', 'activeTabIndex', 'storage'));
  useEffect(() => {
    const keep = () => {
      const withoutAnswers = tabs.map((tab) => ({ ...tab, hash: null, response: null }));
      storage.set('tabState', JSON.stringify({ tabs: withoutAnswers, activeTabIndex }));
    };
    const leave = () => window.removeEventListener('pagehide', keep);
    window.addEventListener('pagehide', keep);
    // Later it would take the place of what another page has kept since, or bring back what was cleared.
    const kept = setTimeout(leave, KEPT_AFTER_MS);
    return () => {
      clearTimeout(kept);
      leave();
    };
  }, [tabs, activeTabIndex, storage]);
}
