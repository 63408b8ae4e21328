import type { Texts } from '../i18n/texts.js';
import type { PlanItem } from './plan-records.js';

interface Props {
  readonly items: readonly PlanItem[];
  readonly texts: Texts;
  /** Day and time of the district. */
  readonly at: (ms: number) => string;
}

/** The plans that were, are and will be in force: from when to when, who published each, and why. */
export function PlanHistory({ items, texts, at }: Props) {
  const { history } = texts.plan;
  return (
    <section class="plan-history" aria-labelledby="plan-history-title">
      <h2 id="plan-history-title">{history.title}</h2>
      <table>
        <thead>
          <tr>
            <th scope="col">{history.version}</th>
            <th scope="col">{history.inForce}</th>
            <th scope="col">{history.by}</th>
            <th scope="col">{history.why}</th>
          </tr>
        </thead>
        <tbody>
          {items.map((item) => (
            <tr key={item.version} class={item.state}>
              <th scope="row">
                {item.lastVersion > item.version ? `${item.version}–${item.lastVersion}` : item.version}
                <small>{history.state[item.state]}</small>
              </th>
              <td>{item.state === 'withdrawn' ? '' : history.span(at(item.inForceFromMs), endOf(item, at))}</td>
              <td>{item.published?.actor ?? item.ordered?.actor ?? history.files}</td>
              <td>{item.published?.reason ?? orderedText(item, texts)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** What a plan says of the operation order that it was logged for. */
function orderedText({ ordered }: PlanItem, { plan: { orders } }: Texts): string {
  return ordered === undefined ? '' : orders.act[ordered.is](ordered.order, ordered.reason);
}

function endOf({ inForceToMs }: PlanItem, at: Props['at']): string | null {
  return inForceToMs === null ? null : at(inForceToMs);
}
