import { useEffect, useRef, useState } from 'preact/hooks';
import type { Store } from '../store/store.js';
import { newHigh } from './new-high.js';

/** `waits`: it is on, and the browser lets the page make no sound until somebody has clicked or pressed a key. */
export type ChimeState = 'off' | 'on' | 'waits' | 'none';

/** Two short tones, and for a call for help six. */
const TONES_HZ = [880, 660] as const;
const TONE_S = 0.16;
const LOUDNESS = 0.25;

/** The sound of the page. Whether it is on is kept in the browser; a browser starts it only after a gesture. */
export class Chime {
  readonly #storage: Storage;
  readonly #changed: (state: ChimeState) => void;
  #context: AudioContext | null = null;
  #isOn: boolean;

  constructor(storage: Storage, changed: (state: ChimeState) => void) {
    this.#storage = storage;
    this.#changed = changed;
    this.#isOn = storage.getItem(NAME) === 'on';
    if (this.#isOn) this.#start();
  }

  get state(): ChimeState {
    if (typeof AudioContext === 'undefined') return 'none';
    if (!this.#isOn) return 'off';
    return this.#context?.state === 'running' ? 'on' : 'waits';
  }

  switch(): void {
    this.#isOn = !this.#isOn;
    this.#storage.setItem(NAME, this.#isOn ? 'on' : 'off');
    if (this.#isOn) {
      this.#start();
      this.gesture();
    }
    this.#changed(this.state);
  }

  /** Somebody has clicked or pressed a key: a browser takes it as leave to make sounds. */
  gesture(): void {
    if (this.#isOn && this.#context?.state === 'suspended') void this.#context.resume().catch(() => undefined);
  }

  ring(times: number): void {
    if (this.state !== 'on' || this.#context === null) return;
    for (let i = 0; i < times * TONES_HZ.length; i += 1) this.#tone(this.#context, i);
  }

  async close(): Promise<void> {
    await this.#context?.close().catch(() => undefined);
    this.#context = null;
  }

  #start(): void {
    if (this.#context !== null || typeof AudioContext === 'undefined') return;
    this.#context = new AudioContext();
    this.#context.onstatechange = () => this.#changed(this.state);
  }

  #tone(context: AudioContext, index: number): void {
    const fromS = context.currentTime + index * TONE_S;
    const [tone, volume] = [context.createOscillator(), context.createGain()];
    tone.frequency.value = TONES_HZ[index % TONES_HZ.length] as number;
    volume.gain.setValueAtTime(LOUDNESS, fromS);
    volume.gain.linearRampToValueAtTime(0, fromS + TONE_S);
    tone.connect(volume).connect(context.destination);
    tone.start(fromS);
    tone.stop(fromS + TONE_S);
  }
}

const NAME = 'beatwatch.sound';

/** The sound of the page: it rings for each new high alert, and three times for a call for help. */
export function useChime(store: Store): [Chime, Chime['state']] {
  const holder = useRef<Chime | null>(null);
  const [, setState] = useState<Chime['state']>('off');
  holder.current ??= new Chime(localStorage, setState);
  const chime = holder.current;
  useEffect(() => {
    // What was open when the page came is no news.
    let before = store.state.lastTransition === null ? null : store.state.open;
    const end = store.watch(({ open, lastTransition }) => {
      const news = before === null ? [] : newHigh(before, open);
      if (news.length > 0) chime.ring(news.some(({ rule }) => rule === 'sos') ? 3 : 1);
      before = lastTransition === null ? null : open;
    });
    return () => {
      end();
      void chime.close();
    };
  }, [store, chime]);
  return [chime, chime.state];
}
