import { useCallback, useState } from 'react';

interface Announcement {
  readonly number: number;
  readonly message: string;
}

/** Maximum number of successive announcements. */
const MOST_KEPT = 20;

/** Returns the announcements of a live region, newest last, and a stable function that adds one. */
export function useAnnouncements(): [readonly Announcement[], (message: string) => void] {
  const [announcements, setAnnouncements] = useState<readonly Announcement[]>([]);
  const announce = useCallback((message: string) => {
    setAnnouncements((before) => {
      const number = (before.at(-1)?.number ?? 0) + 1;
      return [...before, { number, message }].slice(-MOST_KEPT);
    });
  }, []);
  return [announcements, announce];
}
