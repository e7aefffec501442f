import { LitElement, css, html } from "lit";
import { count, exact, millis, rate } from "./format.js";
import { shared } from "./styles.js";
import "./sparkline.js";

/** The numbers that an operator looks at first. */
class Overview extends LitElement {
  static properties = { status: { attribute: false } };

  static styles = [shared, css`
    dl {
      display: grid;
      grid-template-columns: repeat(2, minmax(0, 2fr)) repeat(4, minmax(0, 1fr));
      gap: 10px;
    }
    .tile {
      display: grid;
      grid-template-rows: auto auto 1fr;
      min-height: 92px;
      padding: 10px 14px 11px;
      background: var(--surface);
      border: 1px solid var(--line);
      border-radius: 8px;
      min-width: 0;
    }
    .flow {
      grid-template-columns: minmax(86px, auto) minmax(0, 1fr);
      column-gap: 18px;
    }
    .flow ts-sparkline {
      grid-column: 2;
      grid-row: 1 / -1;
      align-self: stretch;
      height: auto;
      min-height: 40px;
      margin-top: 6px;
    }
    .published ts-sparkline { color: var(--accent); }
    .processed ts-sparkline { color: var(--second); }
    dt {
      color: var(--muted);
      font-size: 12px;
    }
    .value {
      font-size: 24px;
      font-weight: 600;
      line-height: 1.3;
      letter-spacing: -0.01em;
      white-space: nowrap;
    }
    .unit {
      font-size: 13px;
      font-weight: 400;
      letter-spacing: 0;
      color: var(--muted);
      margin-left: 3px;
    }
    .note {
      align-self: end;
      color: var(--muted);
      font-size: 12px;
    }
    .bad .value { color: var(--bad); }
    .bad { border-color: var(--bad); }
    @media (max-width: 1100px) {
      dl { grid-template-columns: repeat(4, minmax(0, 1fr)); }
      .flow { grid-column: span 2; }
    }
    @media (max-width: 560px) {
      dl { grid-template-columns: repeat(2, minmax(0, 1fr)); }
    }
  `];

  render() {
    const status = this.status;
    const rates = status?.rates;
    const workers = status?.workers;
    const dead = workers?.deadLetters ?? 0;
    return html`<dl>
      ${this.#flow("published", "Published", rates?.publishedPerSecond, status?.history.publishedPerSecond, status ? `${count(status.store.events)} stored` : "")}
      ${this.#flow("processed", "Processed", rates?.processedPerSecond, status?.history.processedPerSecond,
        rates ? (rates.failedPerSecond > 0 ? `${rate(rates.failedPerSecond)}/s fail` : "no failures") : "")}
      ${this.#tile("lag", "Lag", workers && count(workers.lag), "", workers && `${count(workers.parked)} parked`, workers && exact(workers.lag))}
      ${this.#tile(dead > 0 ? "dead bad" : "dead", "Dead letters", workers && count(dead), "", workers && (dead > 0 ? "given up" : "none"))}
      ${this.#tile("latency", "Publish p99", status?.publish ? millis(status.publish.p99Millis) : status && "–", status?.publish ? "ms" : "",
        status?.publish ? `median ${millis(status.publish.p50Millis)} ms` : status && "nothing published")}
      ${this.#tile("head", "Head", status && count(status.store.head), "", status && "newest position", status && exact(status.store.head))}
    </dl>`;
  }

  #flow(kind, label, value, course, note) {
    return html`<div class="tile flow ${kind}">
      <dt>${label}</dt>
      <dd class="value" data-value=${kind}>${value === undefined ? "–" : rate(value)}<span class="unit">/s</span></dd>
      <dd class="note">${note || "\u00a0"}</dd>
      <ts-sparkline .values=${course ?? []} label=${label}></ts-sparkline>
    </div>`;
  }

  #tile(kind, label, value, unit, note, title) {
    return html`<div class="tile ${kind}">
      <dt>${label}</dt>
      <dd class="value" data-value=${kind.split(" ")[0]} title=${title ?? ""}>${value ?? "–"}${unit ? html`<span class="unit">${unit}</span>` : ""}</dd>
      <dd class="note">${note || "\u00a0"}</dd>
    </div>`;
  }
}

customElements.define("ts-overview", Overview);
