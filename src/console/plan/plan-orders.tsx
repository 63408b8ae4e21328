import type { CompiledPlan } from '../../model/plan.js';
import type { OrderAnswer } from '../../protocol/order-answer.js';
import type { Language, Texts } from '../i18n/texts.js';

interface Props {
  readonly items: readonly OrderAnswer[];
  readonly plan: CompiledPlan;
  readonly texts: Texts;
  readonly language: Language;
  /** Day and time of the district. */
  readonly at: (ms: number) => string;
}

/** Orders that are over are listed up to so many; who wants to know of older ones asks the server. */
const LISTED_OVER = 10;

/** Operation orders: those that stand or wait, then the last that are over; what each changes, from when to when, who made it, and why. */
export function PlanOrders({ items, plan, texts, language, at }: Props) {
  const { orders, history } = texts.plan;
  const stands = ({ state }: OrderAnswer): boolean => state === 'in-force' || state === 'waiting';
  const listed = [...items.filter(stands), ...items.filter((one) => !stands(one)).slice(0, LISTED_OVER)];
  return (
    <section class="plan-orders" aria-labelledby="plan-orders-title">
      <h2 id="plan-orders-title">{orders.title}</h2>
      {listed.length === 0 ? (
        <p class="none">{orders.none}</p>
      ) : (
        <table>
          <thead>
            <tr>
              <th scope="col">{orders.order}</th>
              <th scope="col">{history.inForce}</th>
              <th scope="col">{orders.changes}</th>
              <th scope="col">{orders.by}</th>
              <th scope="col">{history.why}</th>
            </tr>
          </thead>
          <tbody>
            {listed.map((order) => (
              <tr key={order.actionId} class={order.state}>
                <th scope="row">
                  {order.name[language]}
                  <small>{history.state[order.state]}</small>
                </th>
                <td>{history.span(at(order.inForceFromMs ?? order.fromMs), at(order.inForceToMs ?? order.toMs))}</td>
                <td>{changesText(order, plan, texts, language)}</td>
                <td>{order.actor}</td>
                <td>
                  {order.reason}
                  {order.ended !== null && ` · ${orders.ended(order.ended.actor, order.ended.reason)}`}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function changesText(
  { places, closed, units, modes, rules }: OrderAnswer,
  plan: CompiledPlan,
  { plan: { orders }, mode }: Texts,
  language: Language,
): string {
  const placeNames = (ids: readonly string[]): string =>
    ids.map((id) => plan.places.find((place) => place.id === id)?.name[language] ?? id).join(' · ');
  const callsigns = units.map((id) => plan.units.find((unit) => unit.id === id)?.callsign ?? id).join(' · ');
  return [
    places.length === 0 ? '' : orders.places(placeNames(places)),
    closed.length === 0 ? '' : orders.closed(placeNames(closed)),
    units.length === 0 ? '' : orders.units(callsigns),
    modes.length === 0 ? '' : orders.modes(modes.map((one) => mode[one]).join(' · ')),
    rules.length === 0 ? '' : orders.rules(rules.length),
  ]
    .filter((part) => part !== '')
    .join('; ');
}
