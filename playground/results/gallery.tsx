import 'yet-another-react-lightbox/styles.css';
import 'yet-another-react-lightbox/plugins/captions.css';
import './gallery.css';
import { useState } from 'react';
import Lightbox, { type SlideImage } from 'yet-another-react-lightbox';
import Captions from 'yet-another-react-lightbox/plugins/captions';
import type { FoundPrompt } from './extract-entities.js';
import type { LivePrompt } from './follow-prompts.js';
import { drawnImages } from './images.js';
import { keepFocus } from './keep-focus.js';
import { altOf, nameOf, PromptCard } from './prompt-card.js';

/** Maximum number of prompts. More would slow down the page, and the JSON has them all. */
export const MOST_DRAWN = 200;

const LABELS = { Lightbox: 'Enlarged image', 'Photo gallery': 'Images of the response' };
const NO_ICON = () => null;
const PORTAL = { container: { onKeyDown: keepFocus } };

/** Image that can be enlarged, with the numbers of its card and of the image. */
interface Opened {
  readonly card: number;
  readonly image: number;
  readonly slide: SlideImage;
}

/** Cards of the prompts. A click enlarges an image, and from there the user can go through all images. */
export function Gallery({ prompts }: { prompts: readonly (FoundPrompt & LivePrompt)[] }) {
  // Keep the images from when the gallery was opened, because new images would shift their positions.
  const [opened, setOpened] = useState<{ slides: SlideImage[]; index: number } | null>(null);
  const drawn = prompts.slice(0, MOST_DRAWN);
  const remaining = prompts.length - drawn.length;
  const show = (card: number, image: number) => {
    const all = drawn.flatMap(openedOf);
    const index = all.findIndex((one) => one.card === card && one.image === image);
    setOpened({ slides: all.map(({ slide }) => slide), index });
  };
  return (
    <>
      <ul className="pg-gallery" aria-label="Prompts">
        {drawn.map((prompt, card) => (
          <PromptCard
            key={prompt.id ?? `card ${card}`}
            prompt={prompt}
            onShow={(image) => show(card, image)}
          />
        ))}
      </ul>
      {remaining > 0 && <p className="pg-small">And {remaining} more prompts in the response.</p>}
      <Lightbox
        open={opened !== null}
        close={() => setOpened(null)}
        slides={opened?.slides ?? []}
        index={opened?.index ?? 0}
        plugins={[Captions]}
        labels={LABELS}
        carousel={{ finite: true }}
        controller={{ closeOnBackdropClick: true }}
        portal={PORTAL}
        {...(opened?.slides.length === 1 && { render: { buttonPrev: NO_ICON, buttonNext: NO_ICON } })}
      />
    </>
  );
}

function openedOf(prompt: FoundPrompt, card: number): Opened[] {
  const count = prompt.images?.length;
  return drawnImages(prompt.images, location.origin).flatMap(({ src }, image) => {
    const description = `${nameOf(prompt)} (${image + 1} of ${count})`;
    return src === null ? [] : [{ card, image, slide: { src, alt: altOf(prompt, image), description } }];
  });
}
