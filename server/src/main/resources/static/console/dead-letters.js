import { LitElement, css, html } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { ago, exact, moment, simpleName } from "./format.js";
import { panel, shared } from "./styles.js";

/** What was given up, newest first. */
class DeadLetters extends LitElement {
  static properties = {
    letters: { attribute: false },
    total: { type: Number },
    now: { type: Number },
  };

  static styles = [shared, panel, css`
    .body li {
      position: relative;
      list-style: none;
      padding: 7px 14px 8px;
      border-bottom: 1px solid var(--line);
    }
    li:last-child { border-bottom: 0; }
    li:hover { background: var(--raised); }
    .line {
      display: flex;
      gap: 10px;
      align-items: baseline;
      min-width: 0;
    }
    .line .clip { min-width: 0; }
    .type { font-weight: 500; }
    .when { margin-left: auto; white-space: nowrap; font-size: 12px; }
    .cause { color: var(--bad); }
    .quarantined {
      font-size: 11px;
      padding: 0 5px;
      border: 1px solid currentColor;
      border-radius: 4px;
      color: var(--warn);
    }
    .total { color: var(--bad); }
  `];

  constructor() {
    super();
    this.total = 0;
    this.now = Date.now();
  }

  render() {
    const letters = this.letters;
    return html`
      <div class="head">
        <h2>Dead letters<span class="count ${this.total > 0 ? "total" : ""}">${letters ? exact(this.total) : ""}</span></h2>
        ${letters && this.total > letters.length ? html`<span class="muted">newest ${letters.length}</span>` : ""}
      </div>
      <div class="body">
        ${letters?.length === 0
          ? html`<p class="empty">None. An event comes here when its worker has given it up.</p>`
          : html`<ol>${repeat(letters ?? [], (letter) => letter.id, (letter) => this.#item(letter))}</ol>`}
      </div>`;
  }

  #item(letter) {
    const failure = letter.lastFailure;
    return html`<li data-letter=${letter.id}>
      <div class="line">
        <button class="open clip type" @click=${() => this.#open(letter)}
          aria-label="Show dead letter ${letter.id}, ${letter.type ?? "of unknown type"}">${letter.type ?? "Unknown type"}</button>
        ${letter.state === "QUARANTINED" ? html`<span class="quarantined">quarantined</span>` : ""}
        <span class="when muted" title=${moment(letter.parkedAt)}>${ago(letter.parkedAt, this.now)}</span>
      </div>
      <div class="line">
        <span class="clip muted">${letter.subject ?? "unknown subject"} · ${letter.worker} · ${letter.attempts === 1 ? "1 attempt" : `${letter.attempts} attempts`}</span>
      </div>
      ${failure
        ? html`<div class="line"><span class="clip"><span class="cause">${simpleName(failure.exception)}</span> ${failure.message}</span></div>`
        : ""}
    </li>`;
  }

  #open(letter) {
    this.dispatchEvent(new CustomEvent("open-letter", { detail: letter }));
  }
}

customElements.define("ts-dead-letters", DeadLetters);
