import { type DragEvent, type ReactNode, type RefObject, useId, useRef, useState } from 'react';
import { ChosenFile } from './chosen-file.js';
import { SLOT_ATTRIBUTE } from './page-events.js';
import { slotKey, type UploadSlot } from './upload-slots.js';

/** Types that Astria accepts. This is only a hint, because the gateway rejects other types. */
const KINDS = 'image/png,image/jpeg,image/webp,image/avif,image/heic';

interface SlotProps {
  readonly slot: UploadSlot;
  readonly files: readonly File[];
  readonly onAdd: (files: readonly File[]) => void;
  readonly onRemove: (file: File) => void;
}

/** Upload slot with its name, help, drop area and files. */
export function SlotView({ slot, files, onAdd, onRemove }: SlotProps): ReactNode {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const remove = (file: File) => {
    onRemove(file);
    // The focused button was removed with the file.
    input.current?.focus();
  };
  return (
    <li className="pg-upload-slot">
      <label className="pg-upload-label" htmlFor={id}>
        {slot.label}
      </label>
      <p className="pg-upload-help" id={`${id}-help`}>
        {slot.isRequired && 'Required. '}
        {withCode(slot.description ?? '')}
      </p>
      <DropArea id={id} input={input} slot={slot} isEmpty={files.length === 0} onAdd={onAdd} />
      {files.length > 0 && slot.instead !== null && (
        <p className="pg-upload-help">
          The file replaces the <code>{slot.instead}</code> in the variables.
        </p>
      )}
      {files.length > 0 && (
        <ul className="pg-upload-files">
          {files.map((file) => (
            <ChosenFile
              key={fileKey(file)}
              file={file}
              slotLabel={slot.label}
              onRemove={() => remove(file)}
            />
          ))}
        </ul>
      )}
    </li>
  );
}

interface DropAreaProps {
  readonly id: string;
  readonly input: RefObject<HTMLInputElement | null>;
  readonly slot: UploadSlot;
  readonly isEmpty: boolean;
  readonly onAdd: (files: readonly File[]) => void;
}

/** Invisible file input over the whole area, so that the browser handles clicks and keys. */
function DropArea({ id, input, slot, isEmpty, onAdd }: DropAreaProps): ReactNode {
  const [isOver, setOver] = useState(false);
  const over = (event: DragEvent) => {
    if (!event.dataTransfer.types.includes('Files')) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = 'copy';
    setOver(true);
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    onAdd([...event.dataTransfer.files]);
  };
  return (
    <div className="pg-upload-drop" data-over={isOver} data-empty={isEmpty}>
      <input
        ref={input}
        type="file"
        id={id}
        {...{ [SLOT_ATTRIBUTE]: slotKey(slot) }}
        aria-describedby={`${id}-help`}
        accept={KINDS}
        multiple={slot.isList}
        onDragOver={over}
        onDragLeave={() => setOver(false)}
        onDrop={drop}
        onChange={({ currentTarget }) => {
          onAdd([...(currentTarget.files ?? [])]);
          // Clear the input, so that a removed file can be chosen again.
          currentTarget.value = '';
        }}
      />
      <span aria-hidden="true">{invitation(slot.isList, isEmpty, isOver)}</span>
    </div>
  );
}

function invitation(isList: boolean, isEmpty: boolean, isOver: boolean): string {
  if (isOver) return isList ? 'Release to attach the files' : 'Release to attach the file';
  if (isList) return isEmpty ? 'Choose images, or drop or paste them here' : 'Add another image';
  return isEmpty ? 'Choose an image, or drop or paste it here' : 'Choose another image';
}

/** Renders the inline code of a Markdown description. The schema uses no other Markdown. */
function withCode(text: string): ReactNode[] {
  // biome-ignore lint/suspicious/noArrayIndexKey: the parts of one description keep their order
  return text.split('`').map((part, index) => (index % 2 === 1 ? <code key={index}>{part}</code> : part));
}

const fileKeys = new WeakMap<File, string>();
let keysGiven = 0;

/** Returns a unique React key of a file, since two files may have the same name and size. */
function fileKey(file: File): string {
  const key = fileKeys.get(file) ?? String(++keysGiven);
  fileKeys.set(file, key);
  return key;
}
