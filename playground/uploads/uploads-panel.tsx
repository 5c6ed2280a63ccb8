import './uploads.css';
import { type ReactNode, useState } from 'react';
import type { SlotFiles } from './multipart.js';
import { useNoStrayDrops, usePastedFiles } from './page-events.js';
import { SlotView } from './slot-view.js';
import { slotKey, type UploadSlot } from './upload-slots.js';

interface UploadsPanelProps {
  readonly slots: readonly UploadSlot[];
  readonly files: SlotFiles;
  /** True if a reload has removed files. */
  readonly hasLostFiles: boolean;
  /** Sets the files of a slot. */
  readonly onChange: (slotKey: string, files: readonly File[]) => void;
}

const LOST = 'The reload has removed your files. Please choose them again.';

/** Panel with the upload slots of the operation, which accept files by click, drop and paste. Hidden without slots. */
export function UploadsPanel({ slots, files, hasLostFiles, onChange }: UploadsPanelProps): ReactNode {
  const [announcement, announce] = useState(hasLostFiles ? LOST : '');
  const filesOf = (slot: UploadSlot) => files.get(slotKey(slot)) ?? [];
  const add = (slot: UploadSlot, added: readonly File[]) => {
    if (added.length === 0) return;
    const accepted = slot.isList ? added : added.slice(0, 1);
    onChange(slotKey(slot), slot.isList ? [...filesOf(slot), ...accepted] : accepted);
    const note =
      accepted.length < added.length ? ' This slot accepts one file. The others were ignored.' : '';
    announce(`Attached ${accepted.map(({ name }) => name).join(', ')} to ${slot.label}.${note}`);
  };
  const remove = (slot: UploadSlot, removed: File) => {
    onChange(
      slotKey(slot),
      filesOf(slot).filter((file) => file !== removed),
    );
    announce(`Removed ${removed.name} from ${slot.label}.`);
  };
  useNoStrayDrops();
  usePastedFiles((pasted, focused) => {
    if (slots.length === 0) return;
    const slot =
      slots.find((candidate) => slotKey(candidate) === focused) ??
      slots.find((candidate) => candidate.isList || filesOf(candidate).length === 0);
    if (slot) add(slot, pasted);
    else announce('Every slot already has a file. To replace one, focus its slot and paste again.');
  });
  if (slots.length === 0) return null;
  const attached = slots.reduce((sum, slot) => sum + filesOf(slot).length, 0);
  return (
    <section className="pg-uploads" aria-label="Files">
      <h2 className="pg-uploads-title">
        Files <span className="pg-uploads-count">{attachedText(attached)}</span>
      </h2>
      <ul className="pg-upload-slots">
        {slots.map((slot) => (
          <SlotView
            key={slotKey(slot)}
            slot={slot}
            files={filesOf(slot)}
            onAdd={(added) => add(slot, added)}
            onRemove={(file) => remove(slot, file)}
          />
        ))}
      </ul>
      <p className="pg-uploads-said" role="status">
        {announcement}
      </p>
    </section>
  );
}

function attachedText(count: number): string {
  if (count === 0) return 'none attached';
  return count === 1 ? '1 attached' : `${count} attached`;
}
