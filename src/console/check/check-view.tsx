import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { CompiledPlan } from '../../model/plan.js';
import type { PlanChange } from '../../model/plan-change.js';
import { planChangeWords } from '../../protocol/words/plan-change-words.js';
import type { Language, Texts } from '../i18n/texts.js';
import { NoMap, useMaps } from '../map/later-maps.js';
import type { Session } from '../session/session.js';
import { TryPlan } from '../what-if/try-plan.js';
import './check.css';
import type { FolderCheck } from './check-folder.js';
import type { CheckQuestion } from './check-worker.js';
import { type DroppedEntry, type FolderFiles, type PickedFile, readDropped, readPicked } from './folder-files.js';

/** A folder that keeps the checks busy for longer is nobody's district. */
const CHECK_WITHIN_MS = 20_000;
/** So many changes are listed one by one. */
const LISTED_CHANGES = 100;
/** Tools write dozens of members of a road. */
const LISTED_IGNORED = 8;

type Shown =
  | { readonly is: 'nothing' | 'waiting' | 'stopped' }
  | ({ readonly is: 'checked'; readonly check: FolderCheck } & FolderFiles);

interface Props {
  readonly session: Session;
  readonly district: string;
  /** What a folder is compared with. */
  readonly inForce: CompiledPlan | null;
  readonly texts: Texts;
  readonly language: Language;
  readonly isDark: boolean;
  readonly nowMs: number;
  readonly children: ComponentChildren;
}

/** Wherever a folder is dropped on what it holds, the folder is checked, and its faults are listed and drawn below. */
export function CheckDrop({ children, ...props }: Props) {
  const { session, district, inForce, texts, nowMs } = props;
  const { check: words } = texts.plan;
  const [shown, setShown] = useState<Shown>({ is: 'nothing' });
  const [hovers, setHovers] = useState(false);
  const chooser = useRef<HTMLInputElement>(null);
  const section = useRef<HTMLElement>(null);
  const stop = useRef(new AbortController());
  useEffect(() => () => stop.current.abort(), []);
  useEffect(() => {
    if (shown.is === 'checked') section.current?.scrollIntoView({ block: 'start' });
  }, [shown]);
  const run = async (reading: Promise<FolderFiles>): Promise<void> => {
    stop.current.abort();
    const own = new AbortController();
    stop.current = own;
    setShown({ is: 'waiting' });
    const { files, others } = await reading;
    const check = own.signal.aborted ? null : await checkApart({ files, nowMs, inForce }, own.signal);
    if (own.signal.aborted) return;
    setShown(check === null ? { is: 'stopped' } : { is: 'checked', check, files, others });
  };
  const drop = (event: DragEvent): void => {
    event.preventDefault();
    setHovers(false);
    // Entries can be had only before this event has ended.
    const entries = [...(event.dataTransfer?.items ?? [])].flatMap((item) => item.webkitGetAsEntry() ?? []);
    const files = [...(event.dataTransfer?.files ?? [])];
    if (entries.length > 0) void run(readDropped(entries as unknown as DroppedEntry[]));
    // What comes from another page than a file manager is no entry of a disk.
    else if (files.length > 0) void run(readPicked(files as PickedFile[]));
  };
  return (
    <main
      class={`plan-view ${hovers ? 'hovers' : ''}`}
      onDragOver={(event) => {
        event.preventDefault();
        setHovers(true);
      }}
      onDragLeave={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget as Node | null)) setHovers(false);
      }}
      onDrop={drop}
    >
      {children}
      <section ref={section} class="check" aria-labelledby="check-title">
        <header>
          <h2 id="check-title">{words.title}</h2>
          <button type="button" onClick={() => chooser.current?.click()}>
            {words.choose}
          </button>
          <input
            ref={chooser}
            type="file"
            hidden
            aria-label={words.choose}
            // A browser lets choose a folder by this name alone.
            {...{ webkitdirectory: true }}
            onChange={({ currentTarget }) => {
              const picked = [...(currentTarget.files ?? [])];
              currentTarget.value = '';
              if (picked.length > 0) void run(readPicked(picked as PickedFile[]));
            }}
          />
        </header>
        <p class="hint">{words.hint}</p>
        <p class="answer" role="status">
          {shown.is === 'waiting' && words.waits}
          {shown.is === 'stopped' && words.tooLong(CHECK_WITHIN_MS / 1_000)}
          {shown.is === 'checked' && verdict(shown.check, texts)}
        </p>
        {shown.is === 'checked' && <Found {...props} {...shown} />}
        {shown.is === 'checked' && session.mayPlan && inForce !== null && shown.check.holds?.district === district && (
          <TryPlan {...props} inForce={inForce} files={shown.files} check={shown.check} />
        )}
      </section>
      {hovers && <p class="drop-here">{words.drop}</p>}
    </main>
  );
}

function verdict({ holds, faults, unlisted, roads }: FolderCheck, { plan }: Texts): string {
  if (holds === null) return plan.check.faults(faults.length + unlisted);
  const found = `${plan.check.right(holds.district)} ${plan.holds(holds.places, holds.units, holds.rules)}`;
  return roads.features.length === 0 ? found : `${found}; ${plan.check.roads(roads.features.length)}`;
}

function Found({
  check,
  others,
  session,
  texts,
  language,
  isDark,
}: Pick<Props, 'session' | 'texts' | 'language' | 'isDark'> & {
  readonly check: FolderCheck;
  readonly others: readonly string[];
}) {
  const { check: words } = texts.plan;
  const maps = useMaps();
  const [looked, setLooked] = useState<number | null>(null);
  const { faults, unlisted, warnings, ignored, ignoredOfRoads, changes, drawn, roads } = check;
  return (
    <div class="found">
      {drawn.features.length > 0 && (maps === null || maps === 'away') && <NoMap maps={maps} texts={texts} />}
      {drawn.features.length > 0 && maps !== null && maps !== 'away' && (
        <maps.CheckMap
          drawn={drawn}
          roads={roads}
          faults={faults}
          looked={looked}
          tiles={session.tiles}
          texts={texts}
          language={language}
          isDark={isDark}
        />
      )}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls is reached by keys */}
      <section class="listed" tabIndex={0} aria-labelledby="check-title">
        {faults.length > 0 && (
          <table>
            <thead>
              <tr>
                <th scope="col" />
                <th scope="col">{words.file}</th>
                <th scope="col">{words.path}</th>
                <th scope="col">{words.reason}</th>
              </tr>
            </thead>
            <tbody>
              {faults.map(({ file, path, reason, at }, index) => (
                <tr key={`${file}${path}${reason}`} class={looked === index ? 'looked' : ''}>
                  <td>
                    {at !== null && (
                      <button
                        type="button"
                        aria-label={words.show(index + 1)}
                        aria-pressed={looked === index}
                        onClick={() => setLooked(index)}
                      >
                        {index + 1}
                      </button>
                    )}
                  </td>
                  <td class="file">{file}</td>
                  <td class="path">{path}</td>
                  <td lang="en">{reason}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
        {unlisted > 0 && <p>{words.more(unlisted)}</p>}
        {changes !== null && <Changes changes={changes} words={words} language={language} />}
        {warnings.length > 0 && (
          <>
            <h3>{words.warning}</h3>
            <ul>
              {warnings.map(({ file, reason }) => (
                <li key={file + reason} lang="en">
                  {file}: {reason}
                </li>
              ))}
            </ul>
          </>
        )}
        <ul class="hint">
          {ignored.map(({ name, count }) => (
            <li key={name}>{words.ignored(name, count)}</li>
          ))}
          {ignoredOfRoads.length > 0 && (
            <li>
              {words.ignoredOfRoads(
                ignoredOfRoads
                  .slice(0, LISTED_IGNORED)
                  .map(({ name }) => name)
                  .join(' · '),
                ignoredOfRoads.length - LISTED_IGNORED,
              )}
            </li>
          )}
          {others.length > 0 && <li>{words.others(others.join(' · '))}</li>}
          {drawn.isCut && <li>{words.isCut}</li>}
          <li>{words.nothingApplied}</li>
        </ul>
      </section>
    </div>
  );
}

/** What the files would change of the plan in force, in sentences. */
function Changes({
  changes,
  words,
  language,
}: {
  readonly changes: readonly PlanChange[];
  readonly words: Texts['plan']['check'];
  readonly language: Language;
}) {
  const more = changes.length - LISTED_CHANGES;
  return (
    <>
      <h3>{words.changes(changes.length)}</h3>
      <ul class="changes">
        {changes.slice(0, LISTED_CHANGES).map((change) => (
          <li key={`${change.about} ${change.id}`}>{planChangeWords(change)[language]}</li>
        ))}
        {more > 0 && <li>{words.moreChanges(more)}</li>}
      </ul>
    </>
  );
}

/** Checks in a worker, which may take its time and its memory; null: it took too long, or too much. */
function checkApart(question: CheckQuestion, signal: AbortSignal) {
  return new Promise<FolderCheck | null>((resolve) => {
    const worker = new Worker(new URL('./check-worker.ts', import.meta.url), { type: 'module', name: 'check' });
    const timer = setTimeout(() => end(null), CHECK_WITHIN_MS);
    const end = (found: FolderCheck | null): void => {
      clearTimeout(timer);
      worker.terminate();
      resolve(found);
    };
    signal.addEventListener('abort', () => end(null));
    worker.onmessage = ({ data }: MessageEvent<FolderCheck>) => end(data);
    worker.onerror = () => end(null);
    worker.postMessage(question);
  });
}
