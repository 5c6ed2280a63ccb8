import { useGraphiQL, useGraphiQLActions } from '@graphiql/react';
import { useEffect } from 'react';

/** Has the editors follow the system from light to dark and back, as all else does by its styles. */
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
