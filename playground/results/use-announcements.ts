import { useCallback, useState } from 'react';

interface Announcement {
  readonly number: number;
  readonly words: string;
}

/** As many as one may hear one after the other. */
const MOST_KEPT = 20;

/** What a live region is to say, the newest last, and the function that has it say something; that stays the same. */
export function useAnnouncements(): [readonly Announcement[], (words: string) => void] {
  const [announcements, setAnnouncements] = useState<readonly Announcement[]>([]);
  const announce = useCallback((words: string) => {
    setAnnouncements((before) => {
      const number = (before.at(-1)?.number ?? 0) + 1;
      return [...before, { number, words }].slice(-MOST_KEPT);
    });
  }, []);
  return [announcements, announce];
}
