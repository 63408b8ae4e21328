import { type Report, show } from './faults.js';

/** Reports a name that occurs a second time in its scope, at the second place, naming the first. */
export class UniqueNames {
  readonly #what: string;
  readonly #report: Report;
  readonly #first = new Map<string, string>();

  constructor(what: string, report: Report) {
    this.#what = what;
    this.#report = report;
  }

  add(name: string, path: string): void {
    const first = this.#first.get(name);
    if (first === undefined) this.#first.set(name, path);
    else
      this.#report(path, `got the ${this.#what} ${show(name)} a second time (first at ${first}), expected each once`);
  }
}
