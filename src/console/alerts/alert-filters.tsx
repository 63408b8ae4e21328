import type { AlertRule } from '../../model/alert.js';
import { SEVERITIES, type Severity } from '../../model/plan.js';
import type { Texts } from '../i18n/texts.js';
import { type AlertFilter, SHOW_ALL } from './filter.js';

interface Props {
  readonly filter: AlertFilter;
  readonly hidden: number;
  readonly texts: Texts;
  readonly onFilter: (filter: AlertFilter) => void;
}

/** Which alerts are listed; the page always says how many are not. */
export function AlertFilters({ filter, hidden, texts, onFilter }: Props) {
  const { alerts, live } = texts;
  return (
    <fieldset class="filters" aria-label={live.filter.title}>
      <select
        aria-label={live.filter.severity}
        value={filter.severity ?? ''}
        onChange={({ currentTarget: { value } }) =>
          onFilter({ ...filter, severity: value === '' ? null : (value as Severity) })
        }
      >
        <option value="">
          {live.filter.severity}: {live.filter.all}
        </option>
        {SEVERITIES.map((severity) => (
          <option key={severity} value={severity}>
            {alerts.severity[severity]}
          </option>
        ))}
      </select>
      <select
        aria-label={live.filter.rule}
        value={filter.rule ?? ''}
        onChange={({ currentTarget: { value } }) =>
          onFilter({ ...filter, rule: value === '' ? null : (value as AlertRule) })
        }
      >
        <option value="">
          {live.filter.rule}: {live.filter.all}
        </option>
        {(Object.keys(live.rules) as AlertRule[]).map((rule) => (
          <option key={rule} value={rule}>
            {live.rules[rule]}
          </option>
        ))}
      </select>
      <button
        type="button"
        aria-pressed={filter.unacknowledged}
        onClick={() => onFilter({ ...filter, unacknowledged: !filter.unacknowledged })}
      >
        {live.filter.unacknowledged}
      </button>
      <button
        type="button"
        aria-pressed={filter.mine}
        title={live.filter.mineMeans}
        onClick={() => onFilter({ ...filter, mine: !filter.mine })}
      >
        {live.filter.mine}
      </button>
      {hidden > 0 && (
        <p class="hidden-count" role="status">
          {live.filter.hidden(hidden)}
          <button type="button" onClick={() => onFilter(SHOW_ALL)}>
            {live.filter.clear}
          </button>
        </p>
      )}
    </fieldset>
  );
}
