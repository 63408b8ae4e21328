import { useState } from 'preact/hooks';
import type { Texts } from '../i18n/texts.js';
import { AskError } from '../socket/ask.js';
import type { Download } from '../socket/download.js';
import type { Question } from './load.js';

interface Props {
  readonly question: Question;
  readonly district: string;
  readonly isSettled: boolean;
  readonly language: string;
  readonly texts: Texts;
  readonly download: Download;
}

const TRACE_FORMATS = ['csv', 'geojson', 'gpx', 'xlsx', 'parquet'] as const;
const VERSION_FORMATS = ['csv', 'xlsx', 'ndjson'] as const;

/** Files of what is shown, with their custody; each is a read with its purpose. */
export function Exports({ question, district, isSettled, language, texts, download }: Props) {
  const { export: words } = texts.time;
  const [said, setSaid] = useState<string | null>(null);
  const { subject, span, purpose } = question;
  const base = `/v1/districts/${district}`;
  const range = `from=${span.fromMs}&to=${span.toMs}`;
  const save = async (path: string): Promise<void> => {
    setSaid(words.saving);
    try {
      const { name, blob } = await download(path, purpose);
      keepFile(name, blob);
      setSaid(words.saved(name));
    } catch (error) {
      if (!(error instanceof AskError)) throw error;
      setSaid(texts.alerts.failed(error.message));
    }
  };
  const of = subject.is === 'district' ? '' : `&${subject.is}=${subject.id}`;
  const units = subject.is === 'unit' ? `&units=${subject.id}` : '';
  const row = (title: string, formats: readonly string[], path: (format: string) => string) => (
    <p class="export-row">
      <span>{title}</span>
      {formats.map((format) => (
        <button key={format} type="button" onClick={() => void save(path(format))} aria-label={`${title} ${format}`}>
          {format.toUpperCase()}
        </button>
      ))}
    </p>
  );
  return (
    <section class="exports" aria-labelledby="export-title">
      <h2 id="export-title">{words.title}</h2>
      {subject.is !== 'place' && row(words.traces, TRACE_FORMATS, (f) => `${base}/traces?${range}${units}&format=${f}`)}
      {subject.is === 'place' &&
        row(words.visits, VERSION_FORMATS, (f) => `${base}/places/${subject.id}/visits?${range}&format=${f}`)}
      {row(words.alerts, VERSION_FORMATS, (f) => `${base}/alert-versions?${range}${of}&format=${f}`)}
      <p class="export-row">
        <span>{words.reports}</span>
        {isSettled ? (
          <>
            <button
              type="button"
              onClick={() => void save(`${base}/reports/all?day=${span.day}&format=html&language=${language}`)}
            >
              {words.page}
            </button>
            <button type="button" onClick={() => void save(`${base}/reports/all?day=${span.day}&format=xlsx`)}>
              XLSX
            </button>
            <button type="button" onClick={() => void save(`${base}/packs/${span.day}`)}>
              {words.pack}
            </button>
          </>
        ) : (
          <span class="hint">{words.notSettled}</span>
        )}
      </p>
      <p>
        <button type="button" onClick={() => print()}>
          {words.print}
        </button>
      </p>
      <p class="answer" role="status">
        {said}
      </p>
    </section>
  );
}

/** Hands a file to the browser, which saves it. */
function keepFile(name: string, blob: Blob): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
