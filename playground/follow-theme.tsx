import { useGraphiQL, useGraphiQLActions } from '@graphiql/react';
import { useEffect } from 'react';

/** Makes the editors follow the system's light and dark themes, like the rest of the page. */
export function FollowTheme() {
  const { setTheme } = useGraphiQLActions();
  const isChosen = useGraphiQL((state) => state.theme !== null);
  useEffect(() => {
    if (isChosen) return;
    const isDark = matchMedia('(prefers-color-scheme: dark)');
    const follow = () => setTheme(null);
    isDark.addEventListener('change', follow);
    return () => isDark.removeEventListener('change', follow);
  }, [isChosen, setTheme]);
  return null;
}
